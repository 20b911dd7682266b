import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Interval } from "../../src/core/mod.ts";
import { startEmbeddedDatabase } from "../../src/embedded/mod.ts";
import { openDatabase } from "../../src/traders/mod.ts";
import { dataFolder } from "../helpers/made-database.ts";

/** What the days are like. */
export interface DaysOptions {
  readonly folder: string;
  /** All traders run at its closes. */
  readonly interval: Interval;
  /** Signals a day, of all traders together. */
  readonly signals: number;
  /** Days. */
  readonly keepSignals: number;
  readonly keepExecutions: number;
}

/** How long something took, in milliseconds, and how much of a processor: that doesn't depend on what else the machine does. */
export interface Took {
  readonly ms: number;
  readonly processorMs: number;
}

/** One simulated day. Sizes are in bytes at its end. */
export interface Day {
  readonly day: number;
  /** All of the database's files but its write-ahead log, */
  readonly tablesBytes: number;
  readonly logBytes: number;
  /** and the whole data folder. */
  readonly folderBytes: number;
  readonly rows: { readonly signals: number; readonly executions: number /** Its id. */; readonly lastSignal: number };
  readonly deleted: { readonly signals: number; readonly executions: number };
  /** From a close until all of its signals are stored. */
  readonly closes: { readonly median: Took; readonly longest: Took };
  readonly sweeps: { readonly all: Took; readonly longest: Took };
  readonly maintenance: {
    readonly pieces: number;
    /** Pieces that didn't wait for the quiet part of a minute. */
    readonly urgent: number;
    readonly all: Took;
    readonly longest: Took & { readonly what: string };
  };
}

/** What was found when the process was killed. */
export interface Reopened {
  /** From the start to the first answer. */
  readonly opening: Took;
  /** Ids of the newest signals when the last day ended, and of those that are there now: closes went on after that. */
  readonly lastSignalBefore: number;
  readonly lastSignalAfter: number;
}

/** Lives through days with a process of its own, kills it in the middle of a close, and opens what it left. */
export async function months(
  days: number,
  options: Omit<DaysOptions, "folder">,
  onDay: (day: Day) => void,
): Promise<Reopened> {
  const folder = await dataFolder();
  const living = Bun.spawn(
    [process.execPath, join(import.meta.dir, "days.ts"), JSON.stringify({ ...options, folder })],
    {
      stdout: "pipe",
      stderr: "inherit",
    },
  );
  try {
    const lastSignalBefore = await lived(living.stdout, days, onDay);
    living.kill("SIGKILL");
    await living.exited;
    const { result, took } = await timed(async () => {
      const database = await startEmbeddedDatabase(folder);
      const sql = openDatabase({ url: database.url, connections: 1 });
      await sql`select 1 from public.traders limit 1`;
      return { database, sql };
    });
    const { database, sql } = result;
    const [row] = await sql<{ last: number }[]>`select max(id) as last from public.signals`;
    await sql.end();
    await database.stop();
    return { opening: took, lastSignalBefore, lastSignalAfter: row?.last ?? 0 };
  } finally {
    living.kill("SIGKILL");
    await living.exited;
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Reads days until there are so many. Gives back the id of the last one's newest signal. */
async function lived(output: ReadableStream<Uint8Array>, days: number, onDay: (day: Day) => void): Promise<number> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of output) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) {
      const day = JSON.parse(line) as Day;
      onDay(day);
      if (day.day >= days) return day.rows.lastSignal;
    }
  }
  throw new Error("the process ended before its days were over");
}

/** Does something, and measures it. */
export async function timed<Result>(
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly took: Took }> {
  const began = performance.now();
  const used = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(used);
  return {
    result,
    took: { ms: Math.round(performance.now() - began), processorMs: Math.round((user + system) / 1_000) },
  };
}
