import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/cli/clock.ts";
import {
  type Interval,
  type Kline,
  openTimeOf,
  parseInterval,
  previousOpenTime,
  type Random,
  seededRandom,
  type UnixMs,
} from "../../src/core/mod.ts";
import { createExchange } from "../../src/exchange/mod.ts";
import { MarketStore, restoreCheckpoint } from "../../src/store/mod.ts";
import { bytesFrom } from "../helpers/restarted.ts";
import { gateBefore } from "./gate.ts";
import { type Readers, startReaders } from "./readers.ts";
import { MINUTES_FOLDER, RecordedTruth } from "./recorded-truth.ts";

const INTERVALS: readonly Interval[] = ["1m", "5m", "15m", "1h", "4h", "1d"];

/** Many klines, so that a checkpoint takes a while to write and is often hit. */
const CAPACITY = 2_000;

/** As good as always: writing goes on most of the time. */
const CHECKPOINT_EVERY_SECONDS = 0.02;

/** A recorded minute a second. */
const SPEED = 60;

/** More market time than any run plays: two days, in 48 minutes. */
const PLAYED_MS = 48 * 3_600_000;

/** The longest that a server lives after its start, in milliseconds. */
const LONGEST_LIFE_MS = 2_500;

/** The longest that a server lives that is killed while it starts, in milliseconds. */
const LONGEST_START_MS = 1_000;

/** How long what was repaired may take to its listener at the end, in milliseconds. */
const HEARD_WITHIN_MS = 20_000;

const ROOT = join(import.meta.dir, "../..");

/** What was seen over all rounds. */
export interface KillReport {
  readonly rounds: number;
  /** Kills before the server listened. */
  readonly killedAtStart: number;
  /** Kills in the middle of writing a checkpoint: its unfinished file was there. */
  readonly killedWhileWriting: number;
  /** Starts that found their newest file damaged by us, and fell back. */
  readonly fellBack: number;
  /** Klines that were served before the exchange could be asked, over all starts. */
  readonly servedFromFile: number;
  readonly answers: number;
  readonly messages: number;
  readonly compared: number;
  /** Candles of the end state that were compared with the recording. */
  readonly endCompared: number;
  readonly faults: readonly string[];
}

interface Server {
  readonly url: Promise<string>;
  readonly log: readonly string[];
  readonly exited: Promise<number>;
  end(signal: "SIGKILL" | "SIGTERM"): Promise<number>;
}

/**
 * Lets a server read all history and keep it, then kills it and its successors `rounds` times with SIGKILL, under load, at
 * moments that the seed decides, and looks at what each start serves, and at what the last one ends up with.
 */
export async function killRounds(rounds: number, seed: number, say: (line: string) => void): Promise<KillReport> {
  const random = seededRandom(seed);
  const folder = mkdtempSync(join(tmpdir(), "vyx-kill-"));
  const start = Date.UTC(2026, 1, 10) as UnixMs;
  const truth = new RecordedTruth(INTERVALS, start + PLAYED_MS);
  const exchange = createExchange({ port: 0, clock: systemClock, data: MINUTES_FOLDER, start, speed: SPEED });
  const gate = gateBefore(exchange.url);
  const readers = startReaders(truth, INTERVALS, random);
  const faults: string[] = [];
  const report = { killedAtStart: 0, killedWhileWriting: 0, fellBack: 0, servedFromFile: 0, endCompared: 0 };
  const begin = (): Server => startServer(folder, gate.url, exchange.url.replace("http", "ws"));
  let server: Server | undefined;
  try {
    server = begin();
    await untilWhole(await server.url);
    while (checkpointFiles(folder).length < 2) await Bun.sleep(20);
    await server.end("SIGKILL");
    let damaged: string | undefined;
    for (let round = 1; round <= rounds; round += 1) {
      // One that was damaged stays, if the start that should have set it aside was killed before it could.
      if (damaged === undefined && random() < 0.3) damaged = damageNewest(folder, random);
      const expected = checkpointFiles(folder).find((name) => name !== damaged);
      if (expected !== undefined) gate.shut();
      server = begin();
      if (random() < 0.2) {
        await Bun.sleep(random() * LONGEST_START_MS);
        await server.end("SIGKILL");
        gate.open();
        report.killedAtStart += 1;
        say(`round ${round}: killed while it started`);
        faults.push(...tornFiles(folder, damaged, gate.url));
        if (damaged !== undefined && !checkpointFiles(folder).includes(damaged)) damaged = undefined;
        continue;
      }
      const url = await server.url;
      let what = `${expected ?? "nothing"} restored`;
      if (expected !== undefined) {
        const seen = await lookAtStart(url, truth);
        faults.push(...seen.faults);
        report.servedFromFile += seen.klines;
        const from = server.log.find((line) => line.includes("symbols and"));
        if (from?.includes(` from ${expected},`) !== true) faults.push(`round ${round}: not from ${expected}: ${from}`);
        if (damaged !== undefined) {
          report.fellBack += 1;
          const named = server.log.some((line) => line.includes(`${damaged} isn't used: `));
          if (!named) faults.push(`round ${round}: ${damaged} was damaged, and the log doesn't name it`);
          what = `${damaged} damaged, ${what}`;
        }
        damaged = undefined;
        gate.open();
      }
      readers.url = url;
      const life = random() * LONGEST_LIFE_MS;
      await Bun.sleep(life);
      readers.url = undefined;
      await server.end("SIGKILL");
      const unfinished = readdirSync(folder).some((name) => name.endsWith(".unfinished"));
      if (unfinished) report.killedWhileWriting += 1;
      faults.push(...tornFiles(folder, undefined, gate.url));
      say(
        `round ${round}: ${what}, killed after ${life.toFixed(0)} ms${unfinished ? ", in the middle of writing" : ""}`,
      );
    }
    server = begin();
    readers.url = await server.url;
    const end = await lookAtEnd(readers.url, truth);
    report.endCompared = end.compared;
    faults.push(...end.faults, ...(await lookAtListener(readers, exchange.now())));
    await readers.stop();
    const code = await server.end("SIGTERM");
    if (code !== 0) faults.push(`the last server ended with ${code}`);
    faults.push(...tornFiles(folder, undefined, gate.url));
  } finally {
    await server?.end("SIGKILL");
    await readers.stop();
    await gate.stop();
    await exchange.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  const { answers, messages, compared } = readers;
  return { rounds, ...report, answers, messages, compared, faults: [...faults, ...readers.faults] };
}

/** A real `vyx serve`, without the launcher around it: what is killed is the server itself. */
function startServer(folder: string, rest: string, ws: string): Server {
  const flags = {
    port: "0",
    symbols: "*",
    intervals: INTERVALS.join(),
    capacity: String(CAPACITY),
    "data-dir": folder,
    "checkpoint-every": String(CHECKPOINT_EVERY_SECONDS),
    "exchange-rest": rest,
    "exchange-ws": ws,
  };
  const child = Bun.spawn(
    [
      process.execPath,
      join(ROOT, "src/cli/main.ts"),
      "serve",
      ...Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]),
    ],
    { stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  );
  const log: string[] = [];
  const url = Promise.withResolvers<string>();
  url.promise.catch(() => {});
  const said = eachLine(child.stderr, (line) => log.push((JSON.parse(line) as { msg: string }).msg));
  void eachLine(child.stdout, (line) => url.resolve((JSON.parse(line) as { listening: string }).listening));
  const exited = child.exited.then(async (code) => {
    await said.catch(() => {});
    url.reject(new Error(`the server ended with ${code}: ${log.slice(-5).join("; ")}`));
    return code;
  });
  return {
    url: url.promise,
    log,
    exited,
    end: (signal) => {
      child.kill(signal);
      return exited;
    },
  };
}

async function eachLine(stream: ReadableStream<Uint8Array>, take: (line: string) => void): Promise<void> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of stream) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) take(line);
  }
}

/** The checkpoints, newest first. */
function checkpointFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => /^checkpoint-\d+\.vyx$/.test(name))
    .sort()
    .reverse();
}

/** Cuts the newest checkpoint or changes a byte of it, if there is one to fall back to. Gives back its name. */
function damageNewest(folder: string, random: Random): string | undefined {
  const [newest, older] = checkpointFiles(folder);
  if (newest === undefined || older === undefined) return undefined;
  const path = join(folder, newest);
  const bytes = readFileSync(path);
  const at = Math.floor(random() * bytes.byteLength);
  if (random() < 0.5) truncateSync(path, at);
  else {
    bytes[at] = (bytes[at] as number) ^ (1 + Math.floor(random() * 255));
    writeFileSync(path, bytes);
  }
  return newest;
}

/** Whether a file that has a checkpoint's name isn't whole, though nobody but the server wrote it. */
function tornFiles(folder: string, damaged: string | undefined, gateUrl: string): string[] {
  return checkpointFiles(folder)
    .filter((name) => name !== damaged)
    .flatMap((name) => {
      const store = new MarketStore({ intervals: INTERVALS, capacity: CAPACITY });
      try {
        restoreCheckpoint(store, bytesFrom(readFileSync(join(folder, name))), new URL(gateUrl).host);
        return [];
      } catch (cause) {
        return [`${name} is torn: ${cause}`];
      }
    });
}

type Klines = { symbol: string; interval: Interval; count: number; complete: boolean; klines: Kline[] };
type Coverage = { count: number; holes: object[]; sources: { checkpoint: number } };

async function json<T>(url: string): Promise<T> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}: ${await response.text()}`);
  return (await response.json()) as T;
}

/** A server that hasn't reached its exchange: all that it serves is from the file, right, and not called complete up to now. */
async function lookAtStart(url: string, truth: RecordedTruth): Promise<{ klines: number; faults: string[] }> {
  const faults: string[] = [];
  let klines = 0;
  const { feed } = await json<{ feed: { state: string } }>(`${url}/health`);
  if (feed.state !== "connecting") faults.push(`at the start the feed is ${feed.state} behind a shut gate`);
  for (const symbol of truth.symbols) {
    for (const interval of INTERVALS) {
      const answer = await json<Klines>(`${url}/klines/${symbol}/${interval}?limit=${CAPACITY}`);
      const coverage = await json<Coverage>(`${url}/coverage/${symbol}/${interval}`);
      klines += answer.count;
      if (answer.complete) faults.push(`${symbol} ${interval} is called complete before the exchange was asked`);
      if (coverage.sources.checkpoint !== coverage.count) faults.push(`${symbol} ${interval} isn't only from the file`);
      for (const kline of answer.klines) {
        const fault = kline.closed ? truth.fault(symbol, interval, kline) : undefined;
        if (fault !== undefined) faults.push(`at the start: ${fault}`);
      }
    }
  }
  if (klines === 0) faults.push("nothing is served from the file");
  return { klines, faults };
}

/** Resolves when all history is read and no series lacks anything. */
async function untilWhole(url: string): Promise<void> {
  while ((await json<{ status: string }>(`${url}/health`)).status !== "ok") await Bun.sleep(20);
}

/** The client that was cut off with every kill ends up with every closed candle since it first came. */
async function lookAtListener(readers: Readers, now: UnixMs): Promise<string[]> {
  const lacking = (): string[] =>
    [...readers.heardUpTo()].flatMap(([channel, last]) => {
      const interval = parseInterval(channel.split(":").at(-1) ?? "");
      const closed = previousOpenTime(interval, openTimeOf(interval, now));
      return last >= closed ? [] : [`${channel} was heard without a gap up to ${last} only: expected ${closed}`];
    });
  for (let waited = 0; lacking().length > 0 && waited < HEARD_WITHIN_MS; waited += 50) await Bun.sleep(50);
  return lacking();
}

/** Once a server is ready, every series is whole and equals the recording in every column. */
async function lookAtEnd(url: string, truth: RecordedTruth): Promise<{ compared: number; faults: string[] }> {
  await untilWhole(url);
  const faults: string[] = [];
  let compared = 0;
  for (const symbol of truth.symbols) {
    for (const interval of INTERVALS) {
      const answer = await json<Klines>(`${url}/klines/${symbol}/${interval}?limit=${CAPACITY}&closed=true`);
      const last = answer.klines.at(-1)?.openTime ?? 0;
      const expected = truth.upTo(symbol, interval, last, CAPACITY);
      compared += expected.length;
      if (!answer.complete) faults.push(`at the end ${symbol} ${interval} isn't complete`);
      if (answer.count !== expected.length) {
        faults.push(`at the end ${symbol} ${interval} has ${answer.count} candles: expected ${expected.length}`);
      }
      for (const kline of answer.klines) {
        const fault = truth.fault(symbol, interval, kline);
        if (fault !== undefined) faults.push(`at the end: ${fault}`);
      }
      const { holes } = await json<Coverage>(`${url}/coverage/${symbol}/${interval}`);
      if (holes.length > 0) faults.push(`at the end ${symbol} ${interval} has holes: ${JSON.stringify(holes)}`);
    }
  }
  return { compared, faults };
}
