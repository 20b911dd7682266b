import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Random, seededRandom } from "../../src/core/mod.ts";
import { historyStatus, PastFiles, verifyHistory } from "../../src/history/mod.ts";
import { startVyxProcess, type VyxProcess } from "../helpers/vyx-process.ts";
import { coldReads, compareKlines, unnamedFaults } from "./compare.ts";
import { type Mirror, plantedIn } from "./mirror.ts";

/** What `npm run history` does. */
export interface HistoryRun {
  readonly mirror: Mirror;
  readonly faultShare: number;
  readonly history: string;
  readonly kills: number;
  /** How long a fetch lives at most before it is killed, in milliseconds. */
  readonly killWithinMs: number;
  readonly reads: number;
  say(line: string): void;
}

/** What it found. */
export interface HistoryRunReport {
  readonly klines: number;
  readonly kills: number;
  readonly fetchSeconds: number;
  readonly planted: number;
  readonly megabytes: number;
  readonly readP50Ms: number;
  readonly readP95Ms: number;
  readonly faults: readonly string[];
}

/** Makes a mirror, fetches it under kills, and compares what came of it. */
export async function historyRun(run: HistoryRun): Promise<HistoryRunReport> {
  const { mirror, history, say } = run;
  if (!existsSync(join(mirror.folder, "planted.json"))) await makeMirror(run);
  const planted = plantedIn(mirror).length;
  say(`history: ${mirror.symbols.length} symbols of ${mirror.folder}, ${planted} planted faults`);
  const { seconds, killed } = await fetchUnderKills(run, run.kills);
  say(`history: fetched in ${seconds.toFixed(1)} s, killed ${killed} times meanwhile`);
  const faults: string[] = [];
  const again = await fetchReissued(run);
  const verified = await verifyHistory(history);
  faults.push(...verified.damages.map(({ path, what }) => `${path} ${what}`));
  faults.push(...unnamedFaults(mirror, (await historyStatus(history)).symbols));
  const compared = await compareKlines(new PastFiles(history), mirror);
  faults.push(...compared.faults);
  say(`history: compared ${compared.klines} klines with the dumps`);
  const times = await coldReads(() => new PastFiles(history), mirror, run.reads, mirror.seed);
  const at = (share: number): number => Number((times[Math.floor(times.length * share)] ?? 0).toFixed(2));
  return {
    klines: compared.klines,
    kills: killed + again.killed,
    fetchSeconds: Number(seconds.toFixed(1)),
    planted,
    megabytes: Math.round(verified.bytes / 1e6),
    readP50Ms: at(0.5),
    readP95Ms: at(0.95),
    faults,
  };
}

/** Fetches once more when the exchange has published months again: a kill while a file is replaced is another matter than one before. */
async function fetchReissued(run: HistoryRun): Promise<{ killed: number }> {
  const { folder } = run.mirror;
  const reissued = join(folder, "reissued");
  const names = existsSync(reissued) ? readdirSync(reissued, { recursive: true, encoding: "utf8" }) : [];
  const files = names.filter((name) => /\.(zip|CHECKSUM)$/.test(name));
  const before = files.map((name) => [name, readFileSync(join(folder, name))] as const);
  try {
    if (files.length > 0) cpSync(reissued, folder, { recursive: true });
    return await fetchUnderKills(run, Math.ceil(run.kills / 4));
  } finally {
    // The mirror may serve another run.
    for (const [name, bytes] of before) writeFileSync(join(folder, name), bytes);
  }
}

async function makeMirror({ mirror, faultShare, say }: HistoryRun): Promise<void> {
  const began = performance.now();
  const made = startVyxProcess([
    ...[
      "exchange",
      "dumps",
      "--out",
      mirror.folder,
      "--symbols",
      mirror.symbols.join(","),
      "--seed",
      String(mirror.seed),
    ],
    ...["--from", dayOf(mirror.from), "--to", dayOf(mirror.to), "--faults", String(faultShare)],
  ]);
  if ((await made.exited) !== 0) throw new Error("the mirror couldn't be made");
  say(`history: made the mirror in ${((performance.now() - began) / 1_000).toFixed(1)} s`);
}

/** Starts a fetch again and again, and kills it (SIGKILL) at any moment, until it was killed often enough. Then lets it end. */
async function fetchUnderKills(run: HistoryRun, kills: number): Promise<{ seconds: number; killed: number }> {
  const random: Random = seededRandom(run.mirror.seed);
  const began = performance.now();
  let killed = 0;
  for (;;) {
    const fetching = startFetch(run);
    const lives = killed < kills ? (0.1 + 0.9 * random()) * run.killWithinMs : Number.POSITIVE_INFINITY;
    const timer = Number.isFinite(lives) ? setTimeout(() => fetching.kill("SIGKILL"), lives) : undefined;
    const code = await fetching.exited;
    clearTimeout(timer);
    if (code === 0) return { seconds: (performance.now() - began) / 1_000, killed };
    if (fetching.signalCode !== "SIGKILL") throw new Error(`a fetch ended with ${code}`);
    killed += 1;
  }
}

function startFetch({ mirror, history }: HistoryRun): VyxProcess {
  return startVyxProcess([
    ...["history", "fetch", "--history", history, "--from", mirror.folder, "--symbols", mirror.symbols.join(",")],
    ...["--since", dayOf(mirror.from), "--until", dayOf(mirror.to), "--rest", "none", "--threads", "2"],
  ]);
}

function dayOf(time: number): string {
  return new Date(time).toISOString().slice(0, 10);
}
