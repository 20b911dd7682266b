// Question: how do ingest, reading and memory grow from 10 symbols to 1,000?
// Input:    for ingest, frames as Binance's combined streams send them, as many for each size (see lib/frame-market.ts); for reading and
//           memory, six intervals of 500 klines of each symbol, recorded figures (see lib/klines.ts), 250 changes of an open minute a
//           second, series drawn at random, limit 100.
// Rival:    the straight line: a power of 1 for ingest and memory, of 0 for reading.
// Budget:   what the frames of all symbols cost, and the memory above an empty server, grow with a power of 1.1 at most; the rate of reading
//           falls with a power of 0.1 at most.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { frameMarket, frameOf, statesOf } from "./lib/frame-market.ts";
import { drawnFrom, load } from "./lib/load.ts";
import { INTERVALS, KLINES, movingMarket, pathsOf } from "./lib/moving-market.ts";
import { firstLine, pinned } from "./lib/pinned.ts";
import { residentMb } from "./lib/process-memory.ts";
import { isQuick, sized } from "./lib/quick.ts";
import { READ_KEY, serveReads } from "./lib/read-server.ts";
import { hasPrograms, machine, machineLoad, median, writeResult } from "./lib/results.ts";
import { type Curve, powerOf, svgOf } from "./lib/svg-chart.ts";

const SIZES: readonly number[] = sized([10, 50, 200, 500, 1_000], [10, 50]);
const ROUNDS: number = sized(5, 1);
/** Frames of one pass: all sizes read as many. */
const FRAMES: number = sized(60_000, 6_000);
/** States of a minute, of which the last is closed. */
const STATES = 30;
const MOVES_PER_SECOND = 250;
const CONNECTIONS = 32;
const SECONDS: number = sized(2, 1);
const WARM_UP_SECONDS: number = sized(5, 1);
/** From the start of a server until its memory counts. */
const SETTLE_MS: number = sized(3_000, 500);
const SERVER_CORE = 0;
const LOAD_CORE = 1;
const KEY = { "X-API-Key": READ_KEY };
const CHART = "growth.svg";

interface Grown {
  readonly symbols: number;
  /** Of one frame. */
  readonly ingestMicroseconds: number;
  readonly requestsPerSecond: number;
  readonly beforeMb: number;
  readonly readMb: number;
}

const [role, size = ""] = process.argv.slice(2);
if (role === "--serve") serveReads(movingMarket(Number(size), MOVES_PER_SECOND));
else if (role === "--empty") serveReads(movingMarket(1, 0));
else if (role === "--ingest") console.log(ingest(Number(size)));
else await compare();

/** Microseconds that a frame takes, from its text to all six intervals updated. A first minute goes before, in which the series are made. */
function ingest(symbols: number): number {
  const first = symbols * STATES;
  const states = statesOf(symbols, 1 + Math.ceil(FRAMES / first), STATES);
  const frames = Array.from(states, frameOf).slice(0, first + FRAMES);
  const pass = (): number => {
    const { read } = frameMarket(symbols);
    for (const frame of frames.slice(0, first)) read(frame);
    const timed = frames.slice(first);
    Bun.gc(true);
    const began = performance.now();
    for (const frame of timed) read(frame);
    return ((performance.now() - began) * 1_000) / timed.length;
  };
  pass();
  return pass();
}

async function compare(): Promise<void> {
  if (!hasPrograms("growth", ["wrk", "taskset"], "wrk util-linux")) return;
  const emptyMb = await served(["--empty"], (_, pid) => settled(pid));
  const ingested = new Map<number, number[]>(SIZES.map((symbols) => [symbols, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const symbols of SIZES) {
      const child = pinned(SERVER_CORE, [process.execPath, import.meta.path, "--ingest", String(symbols)]);
      ingested.get(symbols)?.push(Number(await firstLine(child.process.stdout)));
      await child.stop();
    }
  }
  const grown: Grown[] = [];
  for (const symbols of SIZES) {
    const ingestMicroseconds = median(ingested.get(symbols) ?? []);
    const read = await served(["--serve", String(symbols)], (url, pid) => readAll(symbols, url, pid));
    grown.push({ symbols, ingestMicroseconds, ...read });
    console.log(JSON.stringify(grown.at(-1)));
  }
  report(grown, emptyMb);
}

async function readAll(
  symbols: number,
  url: string,
  pid: number,
): Promise<Pick<Grown, "requestsPerSecond" | "beforeMb" | "readMb">> {
  const folder = mkdtempSync(join(tmpdir(), "vyx-bench-"));
  try {
    const script = join(folder, "paths.lua");
    writeFileSync(script, drawnFrom(pathsOf(symbols, [100])));
    const beforeMb = await settled(pid);
    await load(LOAD_CORE, url, CONNECTIONS, WARM_UP_SECONDS, KEY, script);
    const rates: number[] = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const { requestsPerSecond, errors } = await load(LOAD_CORE, url, CONNECTIONS, SECONDS, KEY, script);
      if (errors > 0) throw new Error(`${errors} errors under load`);
      rates.push(requestsPerSecond);
    }
    return { requestsPerSecond: median(rates), beforeMb, readMb: residentMb(pid) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function served<Result>(
  role: readonly string[],
  work: (url: string, pid: number) => Promise<Result>,
): Promise<Result> {
  const vyx = pinned(SERVER_CORE, [process.execPath, import.meta.path, ...role]);
  try {
    return await work(await firstLine(vyx.process.stdout), vyx.process.pid);
  } finally {
    await vyx.stop();
  }
}

/** What a server has resident when what it needed to start is gone. */
async function settled(pid: number): Promise<number> {
  await Bun.sleep(SETTLE_MS);
  return residentMb(pid);
}

function report(grown: readonly Grown[], emptyMb: number): void {
  const curve = (title: string, of: (one: Grown) => number): Curve => {
    const points = grown.map((one) => [one.symbols, Math.max(0.1, of(one))] as const);
    return { title, points, power: powerOf(points) };
  };
  const curves = {
    ingest: curve("a frame of each symbol, ms", (one) => (one.ingestMicroseconds * one.symbols) / 1_000),
    reads: curve("reads a second, thousands", (one) => one.requestsPerSecond / 1_000),
    memory: curve("memory above an empty server, MB", (one) => one.beforeMb - emptyMb),
  };
  if (!isQuick) writeFileSync(join(import.meta.dir, CHART), svgOf(Object.values(curves)));
  const rows = grown.map(
    (one) =>
      `| ${one.symbols} | ${one.ingestMicroseconds.toFixed(1)} | ${Math.round(one.requestsPerSecond)} | ${one.beforeMb.toFixed(0)} | ${one.readMb.toFixed(0)} |`,
  );
  const most = grown.at(-1);
  const perSymbol = (((most?.beforeMb ?? Number.NaN) - emptyMb) / (most?.symbols ?? 1)).toFixed(2);
  writeResult(
    "growth",
    `Six intervals of ${KLINES} klines of each symbol; ${FRAMES} frames for each size, of which one in ${STATES} closes a candle; ${MOVES_PER_SECOND} changes of an open
minute a second, each of which moves ${INTERVALS.length} series, while series are read at random, limit 100, over ${CONNECTIONS} kept connections; medians of
${ROUNDS} rounds. Memory is what is resident; an empty server has ${emptyMb.toFixed(0)} MB.

| symbols | ingest, µs a frame | reads/s | memory before reading, MB | memory afterwards, MB |
| --- | --- | --- | --- | --- |
${rows.join("\n")}

![Three curves over the number of symbols, by logarithms: the time of a frame of each symbol, reads a second, and memory](${CHART})

A power of 1 is linear, of 0 is constant: a frame of each symbol takes a time that grows with a power of ${curves.ingest.power.toFixed(2)}, memory above an empty
server grows with ${curves.memory.power.toFixed(2)} (${perSymbol} MB a symbol at ${most?.symbols}), the rate of reads changes with ${curves.reads.power.toFixed(2)}. ${machine()}. ${machineLoad()}`,
    [
      {
        row: "ingest of all symbols grows with their number to the power",
        figure: curves.ingest.power,
        rival: "linear: 1",
      },
      {
        row: "memory above an empty server grows with symbols to the power",
        figure: curves.memory.power,
        rival: "linear: 1",
      },
      { row: "reads a second change with symbols to the power", figure: curves.reads.power, rival: "constant: 0" },
    ],
  );
}
