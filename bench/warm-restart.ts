// Question: how soon does a restarted server serve 500 symbols × 6 intervals × 500 klines, what does it ask the exchange for,
//           and how long do readers wait while a checkpoint is written?
// Input:    the made-up market of `vyx exchange --symbols 500 --seed 1`, over real sockets; weights as the exchange tells them.
// Rivals:   the same server's first start, which reads all history from the exchange; a start without any klines; and a program
//           that only reads the checkpoint into memory and does nothing with it. Taken in turns with it.
// Budget:   served within 400 ms of the start of the process, all series whole within 1 s in every round; at most 2 of weight for
//           each series that has a hole.
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { firstLine } from "./lib/pinned.ts";
import { sized } from "./lib/quick.ts";
import { machine, machineLoad, median, quantile, writeResult } from "./lib/results.ts";

const SYMBOLS: number = sized(500, 20);
const INTERVALS = ["1m", "5m", "15m", "1h", "4h", "1d"];
const KLINES = 500;
const ROUNDS: number = sized(5, 1);
/** How long a server stays down, so that a minute or two are missing when it is back. */
const DOWN_MS: number = sized(5_000, 500);
/** How often a reader asks while checkpoints are written, and for how long. */
const ASK_EVERY_MS = 5;
const ASK_FOR_MS: number = sized(15_000, 1_000);
/** About one symbol's part of the checkpoint. */
const PIECE_BYTES = 268_000;
/** Longer than the measuring takes. */
const NEVER_SECONDS = 86_400;

const MAIN = join(import.meta.dir, "../src/cli/main.ts");

interface Round {
  readonly servedMs: number;
  readonly cpuMs: number;
  readonly readMs: number;
  readonly emptyMs: number;
  readonly onlyReadMs: number;
  readonly wholeMs: number;
  readonly weight: number;
  readonly series: number;
  readonly rssMb: number;
}

/** What the exchange was asked since the last look, through a door that counts. */
interface Door {
  readonly url: string;
  take(): { weight: number; klineCalls: number; series: number };
  stop(): Promise<void>;
}

interface Server {
  readonly process: Bun.Subprocess<"ignore", "pipe", "pipe">;
  readonly url: string;
  /** From the start of the process to the first good answer with all klines. */
  readonly servedMs: number;
  /** What it logs, until it ends. */
  readonly log: Promise<string>;
}

const folder = mkdtempSync(join(tmpdir(), "vyx-bench-"));
const exchange = Bun.spawn([process.execPath, MAIN, "exchange", "--port", "0", "--symbols", String(SYMBOLS)], {
  stdout: "pipe",
  stderr: "ignore",
});
const { listening } = JSON.parse(await firstLine(exchange.stdout)) as { listening: string };
const door = countingDoor(listening);
const names = await listedNames();
let server: Server | undefined;

try {
  console.log("the first start reads all history: about two minutes, as the exchange's weight limit has it");
  const coldBegan = performance.now();
  server = await start(NEVER_SECONDS);
  await untilWhole(server);
  const cold = { seconds: (performance.now() - coldBegan) / 1_000, ...door.take() };
  await end(server);
  const bytes = statSync(newestPath()).size;
  const rounds: Round[] = [];
  for (let round = 1; round <= ROUNDS; round += 1) {
    await Bun.sleep(DOWN_MS);
    const emptyMs = await emptyStart();
    const onlyReadMs = await onlyRead();
    door.take();
    const began = performance.now();
    server = await start(NEVER_SECONDS);
    const cpuMs = processorMs(server.process.pid);
    await untilWhole(server);
    const wholeMs = performance.now() - began;
    const rssMb = residentMb(server.process.pid);
    const { weight, series } = door.take();
    const readMs = Number(/read in (\d+) ms/.exec(await end(server))?.[1]);
    const { servedMs } = server;
    rounds.push({ servedMs, cpuMs, readMs, emptyMs, onlyReadMs, wholeMs, weight, series, rssMb });
    console.log(`round ${round} of ${ROUNDS}: ${JSON.stringify(rounds.at(-1))}`);
  }
  const quiet = await waits(NEVER_SECONDS);
  const writing = await waits(1);
  const of = (name: keyof (typeof rounds)[number]): number => median(rounds.map((round) => round[name]));
  const holes = SYMBOLS * INTERVALS.length;
  writeResult(
    "warm-restart",
    `${SYMBOLS} symbols × ${INTERVALS.length} intervals × ${KLINES} klines of the made-up market, a checkpoint of ${(bytes / 1e6).toFixed(0)} MB; down for ${DOWN_MS / 1_000} s, then
started again; medians of ${ROUNDS} rounds. After a restart each of the ${holes} series lacks the candle that was open; those above 1m
follow by roll-up.

| | from the checkpoint | from the exchange |
| --- | --- | --- |
| first answer with ${KLINES} klines, from the start of the process | ${of("servedMs").toFixed(0)} ms | |
| processor time until then | ${of("cpuMs").toFixed(0)} ms | |
| every series whole | ${(of("wholeMs") / 1_000).toFixed(1)} s | ${cold.seconds.toFixed(1)} s |
| request weight for klines | ${of("weight")}, for ${of("series")} series | ${cold.weight}, for ${cold.series} series |
| resident memory, whole | ${of("rssMb").toFixed(0)} MB | |

Beside it, in turns: the same server without a checkpoint answers after ${of("emptyMs").toFixed(0)} ms; a program that only reads the file
into memory takes ${of("onlyReadMs").toFixed(0)} ms for that, where the server reads, checks and takes it over in ${of("readMs")} ms.
At most ${2 * holes} of weight are allowed: 2 for each series with a hole.

One reader that asks for 100 klines every ${ASK_EVERY_MS} ms, in milliseconds that it waits:

| | median | p99 | longest |
| --- | --- | --- | --- |
| no checkpoint is written | ${quiet.text} |
| one after another, a second apart | ${writing.text} |

${machine()}. ${machineLoad()}`,
    [
      {
        row: "warm restart, first answer",
        figure: of("servedMs"),
        rival: `without a checkpoint: ${of("emptyMs").toFixed(0)} ms`,
      },
      {
        row: "warm restart, all series whole, worst round",
        figure: Math.max(...rounds.map(({ wholeMs }) => wholeMs)),
        rival: `from the exchange: ${cold.seconds.toFixed(1)} s`,
      },
    ],
  );
} finally {
  if (server !== undefined) await end(server);
  exchange.kill("SIGTERM");
  await exchange.exited;
  await door.stop();
  rmSync(folder, { recursive: true, force: true });
}

async function start(everySeconds: number): Promise<Server> {
  const flags = {
    port: "0",
    symbols: names.join(),
    intervals: INTERVALS.join(),
    capacity: String(KLINES),
    "data-dir": folder,
    "checkpoint-every": String(everySeconds),
    "exchange-rest": door.url,
    "exchange-ws": listening.replace("http", "ws"),
  };
  const began = performance.now();
  const child = Bun.spawn(
    [process.execPath, MAIN, "serve", ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value])],
    { stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  );
  const log = new Response(child.stderr).text();
  const { listening: url } = JSON.parse(await firstLine(child.stdout)) as { listening: string };
  const answer = await fetch(`${url}/klines/BTCUSDT/1m?limit=${KLINES}`);
  // The first start has no klines yet, and answers 404.
  const count = answer.ok ? ((await answer.json()) as { count: number }).count : 0;
  return { process: child, url, servedMs: count === KLINES ? performance.now() - began : Number.NaN, log };
}

/** All pairs of the market, whatever their quote asset. */
async function listedNames(): Promise<string[]> {
  const info = (await (await fetch(`${door.url}/api/v3/exchangeInfo`)).json()) as { symbols: { symbol: string }[] };
  if (info.symbols.length !== SYMBOLS) throw new Error(`the market lists ${info.symbols.length} pairs`);
  return info.symbols.map(({ symbol }) => symbol);
}

async function untilWhole({ url }: Server): Promise<void> {
  while (((await (await fetch(`${url}/health`)).json()) as { status: string }).status !== "ok") await Bun.sleep(20);
}

/** Ends a server as its user would, and gives back what it logged. */
async function end({ process: child, log }: Server): Promise<string> {
  child.kill("SIGTERM");
  await child.exited;
  return await log;
}

/** How long one reader waits for its answers while checkpoints are written so often. */
async function waits(everySeconds: number): Promise<{ text: string }> {
  server = await start(everySeconds);
  await untilWhole(server);
  await Bun.sleep(2_000);
  const waited: number[] = [];
  const until = performance.now() + ASK_FOR_MS;
  for (let number = 0; performance.now() < until; number += 1) {
    const began = performance.now();
    await (await fetch(`${server.url}/klines/BTCUSDT/${INTERVALS[number % INTERVALS.length]}?limit=100`)).bytes();
    waited.push(performance.now() - began);
    await Bun.sleep(ASK_EVERY_MS);
  }
  await end(server);
  return { text: [0.5, 0.99, 1].map((share) => quantile(waited, share).toFixed(1)).join(" | ") };
}

function countingDoor(target: string): Door {
  let weight = 0;
  let klineCalls = 0;
  let series = new Set<string>();
  const gate = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    fetch: async (request) => {
      const { pathname, search, searchParams } = new URL(request.url);
      if (pathname === "/api/v3/klines") {
        klineCalls += 1;
        // Two of weight whatever the limit (Binance spot API, 2026-07).
        weight += 2;
        series.add(`${searchParams.get("symbol")} ${searchParams.get("interval")}`);
      }
      const answer = await fetch(`${target.replace(/\/$/, "")}${pathname}${search}`);
      const headers = new Headers(answer.headers);
      for (const name of ["content-encoding", "content-length", "transfer-encoding"]) headers.delete(name);
      return new Response(await answer.bytes(), { status: answer.status, headers });
    },
  });
  return {
    url: `http://127.0.0.1:${gate.port}`,
    take: () => {
      const taken = { weight, klineCalls, series: series.size };
      [weight, klineCalls, series] = [0, 0, new Set()];
      return taken;
    },
    stop: () => gate.stop(true),
  };
}

function newestPath(): string {
  const newest = readdirSync(folder)
    .filter((name) => name.endsWith(".vyx"))
    .sort()
    .at(-1);
  return join(folder, newest ?? "");
}

/** From the start of the process to the first answer of a server that keeps nothing and reaches no exchange. */
async function emptyStart(): Promise<number> {
  const nowhere = ["--exchange-rest", "http://127.0.0.1:9", "--exchange-ws", "ws://127.0.0.1:9"];
  const began = performance.now();
  const child = Bun.spawn([process.execPath, MAIN, "serve", "--port", "0", "--data-dir", "none", ...nowhere], {
    stdout: "pipe",
    stderr: "ignore",
  });
  const { listening: url } = JSON.parse(await firstLine(child.stdout)) as { listening: string };
  await (await fetch(`${url}/health`)).json();
  const ms = performance.now() - began;
  child.kill("SIGTERM");
  await child.exited;
  return ms;
}

/** What it takes to read the newest checkpoint into new memory, in a process of its own. */
async function onlyRead(): Promise<number> {
  const script = `const began = performance.now();
    const { openSync, readSync } = require("node:fs");
    const file = openSync(${JSON.stringify(newestPath())}, "r");
    const kept = [];
    for (let count = 1; count > 0; ) {
      const piece = Buffer.allocUnsafeSlow(${PIECE_BYTES});
      count = readSync(file, piece, 0, piece.byteLength, null);
      kept.push(piece);
    }
    console.log(performance.now() - began);`;
  return Number(await firstLine(Bun.spawn([process.execPath, "-e", script], { stdout: "pipe" }).stdout));
}

/** What a process has used of the processor so far; only Linux tells. */
function processorMs(pid: number): number {
  try {
    // Ticks of 10 ms, in user and in system mode, behind the name, which may hold spaces.
    const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return 10 * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return Number.NaN;
  }
}

/** Resident memory of a process, from the system. */
function residentMb(pid: number): number {
  const { stdout } = Bun.spawnSync(["ps", "-o", "rss=", "-p", String(pid)]);
  return Number(stdout.toString()) / 1_024;
}
