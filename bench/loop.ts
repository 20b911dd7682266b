// Question: how long does the event loop keep anything waiting when all is asked of the server at once: a market that moves and closes
//           its minutes, hot and random reads, the whole market in each encoding, 200 sockets, a screen now and then?
// Input:    500 symbols in six intervals of 500 klines, recorded figures (see lib/klines.ts); 250 changes of an open minute a second, each
//           of which moves six series, and a minute that closes every 5 s.
// Rival:    the same server while only the market moves.
// Budget:   p99 of 10 ms, and never more than 50 ms. The server with its screening thread and its compression is on one core, all that ask
//           on the other.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { screenRoutes } from "../src/server/mod.ts";
import { screensOf } from "../tests/helpers/screens.ts";
import { Listener } from "./lib/listeners.ts";
import { drawnFrom, load } from "./lib/load.ts";
import { type LoopTimes, loopTimes, serveLoopTimes } from "./lib/loop-times.ts";
import { INTERVALS, KLINES, movingMarket, pathsOf } from "./lib/moving-market.ts";
import { oneAnswer } from "./lib/one-answer.ts";
import { firstLine, pinned, pinThis } from "./lib/pinned.ts";
import { sized } from "./lib/quick.ts";
import { READ_KEY, startReads } from "./lib/read-server.ts";
import { hasPrograms, machine, machineLoad, median, writeResult } from "./lib/results.ts";

const SYMBOLS: number = sized(500, 50);
const MOVES_PER_SECOND = 250;
const MINUTE_MS: number = sized(5_000, 1_000);
const SOCKETS: number = sized(200, 20);
const CONNECTIONS = { hot: 8, random: 24 } as const;
/** From the end of one answer with the whole market to the next question, and of one screen to the next. */
const [WHOLE_EVERY_MS, SCREEN_EVERY_MS] = [1_000, 5_000] as const;
const ROUNDS: number = sized(5, 1);
const SECONDS: number = sized(20, 3);
const WARM_UP_SECONDS: number = sized(10, 1);
const SERVER_CORE = 0;
const LOAD_CORE = 1;
const KEY = { "X-API-Key": READ_KEY };

/** Ways to ask for the whole market, in turn. */
const WHOLE = [
  { limit: 100, headers: { "accept-encoding": "identity" } },
  { limit: 100, headers: { "accept-encoding": "gzip" } },
  { limit: 100, headers: { "accept-encoding": "br" } },
  { limit: 500, headers: { accept: "application/vnd.apache.arrow.stream" } },
] as const;
const FILTER =
  'const close = candles("1m").close;\nreturn rsi(close, 14).at(-1) < 30 && close.at(-1) < ema(candles("5m").close, 50).at(-1);';

interface Round {
  readonly loop: LoopTimes;
  readonly hotPerSecond: number;
  readonly randomPerSecond: number;
  readonly wholeMs: number;
  readonly screenMs: number;
  readonly messagesPerSecond: number;
  /** Reads that weren't answered well, or not within two seconds. */
  readonly errors: number;
}

const [role, target = ""] = process.argv.slice(2);
if (role === "--serve") serve();
else if (role === "--listen") await listen(target);
else await compare();

function serve(): void {
  const store = movingMarket(SYMBOLS, MOVES_PER_SECOND, MINUTE_MS);
  const { url } = startReads([store], screenRoutes(store, screensOf(store)));
  console.log(`${url} ${serveLoopTimes()}`);
}

/** Follows the market on all sockets, and prints how many messages a second came once they stood. */
async function listen(url: string): Promise<void> {
  let messages = 0;
  const subscribe = { type: "text", text: JSON.stringify({ op: "subscribe", channels: ["kline:*:1m"] }) } as const;
  const greeting = { path: "/ws", headers: KEY, subscribe, ready: '"ack"', messageBytes: undefined };
  const onMessages = (_total: number, fresh: number): void => {
    messages += fresh;
  };
  for (let index = 0; index < SOCKETS; index += 1) await Listener.open(url, greeting, onMessages);
  messages = 0;
  await Bun.sleep(SECONDS * 1_000);
  console.log(messages / SECONDS);
  process.exit(0);
}

async function compare(): Promise<void> {
  if (!hasPrograms("loop", ["wrk", "curl", "taskset"], "wrk curl util-linux")) return;
  pinThis(LOAD_CORE);
  const vyx = pinned(SERVER_CORE, [process.execPath, import.meta.path, "--serve"]);
  const scripts = mkdtempSync(join(tmpdir(), "vyx-bench-"));
  try {
    const [url = "", loop = ""] = (await firstLine(vyx.process.stdout)).split(" ");
    const script = join(scripts, "paths.lua");
    writeFileSync(script, drawnFrom(pathsOf(SYMBOLS, [100, 500])));
    await loopTimes(loop);
    await Bun.sleep(SECONDS * 1_000);
    const quiet = await loopTimes(loop);
    await load(LOAD_CORE, url, CONNECTIONS.random, WARM_UP_SECONDS, KEY, script);
    // Starts the thread that screens.
    await screen(url);
    const rounds: Round[] = [];
    for (let round = 1; round <= ROUNDS; round += 1) {
      rounds.push(await everything(url, loop, script));
      console.log(`round ${round} of ${ROUNDS}: ${JSON.stringify(rounds.at(-1))}`);
    }
    report(rounds, quiet);
  } finally {
    await vyx.stop();
    rmSync(scripts, { recursive: true });
  }
}

async function everything(url: string, loop: string, script: string): Promise<Round> {
  const listeners = pinned(LOAD_CORE, [process.execPath, import.meta.path, "--listen", url]);
  await loopTimes(loop);
  const until = performance.now() + SECONDS * 1_000;
  const [hot, random, whole, screens, messages] = await Promise.all([
    load(LOAD_CORE, url + pathsOf(1, [KLINES])[0], CONNECTIONS.hot, SECONDS, KEY),
    load(LOAD_CORE, url, CONNECTIONS.random, SECONDS, KEY, script),
    again(until, WHOLE_EVERY_MS, (turn) => askWhole(url, turn)),
    again(until, SCREEN_EVERY_MS, () => screen(url)),
    firstLine(listeners.process.stdout),
  ]);
  const times = await loopTimes(loop);
  await listeners.stop();
  return {
    loop: times,
    hotPerSecond: hot.requestsPerSecond,
    randomPerSecond: random.requestsPerSecond,
    wholeMs: median(whole),
    screenMs: median(screens),
    messagesPerSecond: Number(messages),
    errors: hot.errors + random.errors,
  };
}

/** Does something again and again, and gives back how long it took each time. */
async function again(until: number, pauseMs: number, work: (turn: number) => Promise<void>): Promise<number[]> {
  const times: number[] = [];
  while (performance.now() < until) {
    const began = performance.now();
    await work(times.length);
    times.push(performance.now() - began);
    await Bun.sleep(Math.min(pauseMs, Math.max(0, until - performance.now())));
  }
  return times;
}

async function askWhole(url: string, turn: number): Promise<void> {
  const { limit, headers } = WHOLE[turn % WHOLE.length] as (typeof WHOLE)[number];
  await oneAnswer(LOAD_CORE, `${url}/klines?symbols=*&intervals=1m&limit=${limit}`, { ...KEY, ...headers });
}

async function screen(url: string): Promise<void> {
  const response = await fetch(`${url}/screen`, {
    method: "POST",
    headers: { ...KEY, "content-type": "application/json" },
    body: JSON.stringify({ code: FILTER, timeframes: ["1m", "5m"] }),
  });
  if (!response.ok) throw new Error(`screen: ${response.status} ${await response.text()}`);
  await response.arrayBuffer();
}

function report(rounds: readonly Round[], quiet: LoopTimes): void {
  const middle = (of: (round: Round) => number): number => median(rounds.map(of));
  const p99 = middle(({ loop }) => loop.p99);
  const worst = Math.max(...rounds.map(({ loop }) => loop.worst));
  writeResult(
    "loop",
    `${SYMBOLS} symbols in ${INTERVALS.length} intervals of ${KLINES} klines, ${MOVES_PER_SECOND} changes of an open minute a second, each of which moves ${INTERVALS.length} series,
and a minute that closes every ${MINUTE_MS / 1_000} s. At once: ${CONNECTIONS.hot} connections that read one series of ${KLINES} klines, ${CONNECTIONS.random} that read series drawn at random, limits
of 100 and 500, the whole market ${WHOLE_EVERY_MS / 1_000} s after the last answer with it (JSON, gzip, brotli, Arrow in turn), ${SOCKETS} sockets on \`kline:*:1m\`, and a screen ${SCREEN_EVERY_MS / 1_000} s
after the last. ${ROUNDS} rounds of ${SECONDS} s; the loop as its own process saw it, each millisecond.

| | lag p99, ms | worst, ms |
| --- | --- | --- |
| only the market moves | ${quiet.p99.toFixed(1)} | ${quiet.worst.toFixed(1)} |
| everything at once, the median of rounds | ${p99.toFixed(1)} | ${middle(({ loop }) => loop.worst).toFixed(1)} |
| everything at once, the worst round | ${Math.max(...rounds.map(({ loop }) => loop.p99)).toFixed(1)} | ${worst.toFixed(1)} |

Meanwhile, by medians: ${Math.round(middle(({ hotPerSecond }) => hotPerSecond))} hot and ${Math.round(middle(({ randomPerSecond }) => randomPerSecond))} random reads a second, ${Math.round(middle(({ messagesPerSecond }) => messagesPerSecond))} messages a second to the sockets, ${middle(({ wholeMs }) => wholeMs).toFixed(0)} ms for the
whole market, ${middle(({ screenMs }) => screenMs).toFixed(0)} ms for a screen; ${rounds.reduce((sum, { errors }) => sum + errors, 0)} reads failed. ${machine()}. ${machineLoad()}`,
    [
      {
        row: "event loop with everything at once, lag p99",
        figure: p99,
        rival: `only the market moves: ${quiet.p99.toFixed(1)} ms`,
      },
      {
        row: "event loop with everything at once, worst lag",
        figure: worst,
        rival: `only the market moves: ${quiet.worst.toFixed(1)} ms`,
      },
    ],
  );
}
