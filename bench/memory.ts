// Question: what memory does a server keep while all of its series are read at random for minutes, and how fast does it read?
// Input:    500 symbols, and 50, in six intervals of 500 klines, recorded figures (see lib/klines.ts); 250 changes of an open minute a
//           second, each of which moves six series; each series as likely as another, limits of 100 and 500 as likely as each other.
// Rival:    the same server before anything was read.
// Budget:   350 MB for 500 symbols, 160 MB for 50, at most while it is read for five minutes.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Figure } from "./lib/budgets.ts";
import { someMinutes } from "./lib/klines.ts";
import { drawnFrom, load } from "./lib/load.ts";
import { INTERVALS, KLINES, movingMarket, pathsOf } from "./lib/moving-market.ts";
import { firstLine, pinned } from "./lib/pinned.ts";
import { residentMb } from "./lib/process-memory.ts";
import { sized } from "./lib/quick.ts";
import { READ_KEY, serveReads } from "./lib/read-server.ts";
import { hasPrograms, machine, machineLoad, median, writeResult } from "./lib/results.ts";

const SYMBOLS: readonly number[] = sized([500, 50], [50]);
const LIMITS = [100, 500] as const;
const MOVES_PER_SECOND = 250;
const CONNECTIONS = 32;
/** How long it is read, and left alone afterwards. */
const SECONDS = Number(process.argv[2] ?? sized(300, 2));
const REST_MS: number = sized(20_000, 500);
const LOOK_EVERY_MS = 250;
const SERVER_CORE = 0;
const LOAD_CORE = 1;
const KEY = { "X-API-Key": READ_KEY };

if (process.argv[2] === "--serve") serveReads(movingMarket(Number(process.argv[3]), MOVES_PER_SECOND));
else await measureAll();

async function measureAll(): Promise<void> {
  if (!hasPrograms("memory", ["wrk", "taskset"], "wrk util-linux")) return;
  const rows: string[] = [];
  const figures: Figure[] = [];
  for (const symbols of SYMBOLS) {
    const { row, mostMb, beforeMb } = await measure(symbols);
    rows.push(row);
    figures.push({
      row: symbols === 500 ? "memory, 500 symbols, all series read" : "memory, 50 symbols, all series read",
      figure: mostMb,
      rival: `before anything was read: ${beforeMb.toFixed(0)} MB`,
    });
  }
  writeResult(
    "memory",
    `Six intervals of ${KLINES} klines (${someMinutes(1).origin}), ${MOVES_PER_SECOND} changes of an open minute a second, each of which moves ${INTERVALS.length} series; series
drawn at random for ${SECONDS} s, limits of ${LIMITS.join(" and ")}, over ${CONNECTIONS} kept connections, then left alone for ${REST_MS / 1_000} s. Memory is what is resident, looked
at each ${LOOK_EVERY_MS} ms, in MB.

| symbols | series | before | while read, p50 | at most | left alone | requests/s |
| --- | --- | --- | --- | --- | --- | --- |
${rows.join("\n")}

${machine()}. ${machineLoad()}`,
    figures,
  );
}

async function measure(symbols: number): Promise<{ row: string; mostMb: number; beforeMb: number }> {
  const vyx = pinned(SERVER_CORE, [process.execPath, import.meta.path, "--serve", String(symbols)]);
  const folder = mkdtempSync(join(tmpdir(), "vyx-bench-"));
  try {
    const { pid } = vyx.process;
    const url = await firstLine(vyx.process.stdout);
    const script = join(folder, "paths.lua");
    writeFileSync(script, drawnFrom(pathsOf(symbols, LIMITS)));
    await Bun.sleep(2_000);
    const before = residentMb(pid);
    const seen: number[] = [];
    const timer = setInterval(() => seen.push(residentMb(pid)), LOOK_EVERY_MS);
    const { requestsPerSecond, errors } = await load(LOAD_CORE, url, CONNECTIONS, SECONDS, KEY, script);
    clearInterval(timer);
    if (errors > 0) throw new Error(`${errors} errors under load`);
    await Bun.sleep(REST_MS);
    const figures = [before, median(seen), Math.max(...seen), residentMb(pid)].map((mb) => mb.toFixed(0));
    const row = `| ${symbols} | ${symbols * INTERVALS.length} | ${figures.join(" | ")} | ${requestsPerSecond.toFixed(0)} |`;
    console.log(row);
    return { row, mostMb: Math.max(...seen), beforeMb: before };
  } finally {
    await vyx.stop();
    rmSync(folder, { recursive: true });
  }
}
