// Question: how many frames of klines a second does one core take in, from bytes to all six intervals updated, with nobody listening?
// Input:    frames as Binance's combined streams send them, of 500 symbols (recorded figures, see lib/klines.ts): 30 states of each of
//           ten minutes, the last of each closed; into a store whose series are full.
// Rival:    JSON.parse alone, on the same frames, in turns.
// Budget:   0.45 of the rival.
import { emptyKline, type Interval } from "../src/core/mod.ts";
import { frameMarket, frameOf, statesOf } from "./lib/frame-market.ts";
import { someMinutes } from "./lib/klines.ts";
import { INTERVALS, KLINES } from "./lib/moving-market.ts";
import { sized } from "./lib/quick.ts";
import { READ_KEY, startReads } from "./lib/read-server.ts";
import { machine, median, writeResult } from "./lib/results.ts";

const SYMBOLS = 500;
const MINUTES = 10;
const STATES = 30;
const ROUNDS: number = sized(15, 1);

/** Frames that come within one turn of the event loop: a state of each symbol. */
const FRAMES_A_TURN = SYMBOLS;

if (process.argv[2] === "--listen") await listen(process.argv[3] ?? "");

const frames: readonly string[] = [...statesOf(SYMBOLS, MINUTES, STATES)].map(frameOf);
const { minutes, origin } = someMinutes(MINUTES + SYMBOLS);
const bytes = frames.reduce((sum, frame) => sum + frame.length, 0) / frames.length;

const rounds: {
  readonly parsed: number;
  readonly one: number;
  readonly all: number;
  readonly followed: number;
  readonly heard: number;
}[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  const parsed = perSecond(() => {
    for (const frame of frames) JSON.parse(frame);
  });
  const one = perSecond(intoStore(["1m"]));
  const all = perSecond(intoStore(INTERVALS));
  const heard = await perSecondHeard();
  const followed = perSecond(intoStore(INTERVALS, true));
  console.log(
    `round ${round + 1} of ${ROUNDS}: parsed ${parsed.toFixed(0)}/s, 1m ${one.toFixed(0)}/s, all ${all.toFixed(0)}/s, with a listener ${heard.toFixed(0)}/s, followed ${followed.toFixed(0)}/s`,
  );
  rounds.push({ parsed, one, all, followed, heard });
}
const rowOf = (title: string, of: (round: (typeof rounds)[number]) => number): string => {
  const ratios = rounds.map((round) => of(round) / round.parsed).sort((a, b) => a - b);
  return `| ${title} | ${Math.round(median(rounds.map(of)))} | ${median(ratios).toFixed(2)} (${ratios[0]?.toFixed(2)} to ${ratios.at(-1)?.toFixed(2)}) |`;
};
writeResult(
  "ingest",
  `${frames.length} frames of ${SYMBOLS} symbols (${bytes.toFixed(0)} bytes on average, ${origin}), ${STATES} states of each of ${MINUTES} minutes, on one thread; medians of
${ROUNDS} rounds, all in turn. Each round has a store of its own, which holds ${KLINES} klines of each series before.

| | frames/s | ratio |
| --- | --- | --- |
| JSON.parse alone | ${Math.round(median(rounds.map(({ parsed }) => parsed)))} | 1 |
${rowOf("read, judged, and put into 1m", ({ one }) => one)}
${rowOf("the same, and rolled up into five longer intervals, read at the end", ({ all }) => all)}
${rowOf("the same in a server, with one listener to `kline:*:1m`", ({ heard }) => heard)}
${rowOf("without it, each state rolled up at once, as for listeners to all series", ({ followed }) => followed)}

Budget: 0.45. ${machine()}.`,
  [
    {
      row: "ingest, nobody listening",
      figure: median(rounds.map((round) => round.all / round.parsed)),
      rival: `JSON.parse alone: ${Math.round(median(rounds.map(({ parsed }) => parsed)))}/s`,
    },
    {
      row: "ingest, one listener on kline:*:1m",
      figure: median(rounds.map((round) => round.heard / round.parsed)),
      rival: "",
    },
    { row: "ingest, frames a second", figure: median(rounds.map(({ all }) => all)), rival: "" },
  ],
);

// The servers of the rounds have timers that run on.
process.exit();

/** Reads all frames into a store whose series are full; then the longest series is read, and has to be right. */
function intoStore(intervals: readonly Interval[], isFollowed = false): () => void {
  const { store, names, read } = frameMarket(SYMBOLS, { intervals, isFollowed });
  const longest = intervals.at(-1) as Interval;
  return () => {
    for (const frame of frames) read(frame);
    for (const [index, symbol] of names.entries()) {
      const fed = minutes.slice(index, index + MINUTES).slice(longest === "1m" ? -1 : 0);
      const expected = fed.reduce((sum, { volume }) => sum + volume, 0);
      const ring = store.series(symbol, longest)?.ring;
      const had = ring?.read(ring.length - 1, emptyKline()).volume ?? 0;
      if (!(Math.abs(had - expected) < 1e-6)) throw new Error(`${symbol}: ${had}, expected ${expected}`);
    }
  };
}

/** Frames a second of one pass over all of them. */
function perSecond(pass: () => void): number {
  Bun.gc(true);
  const began = performance.now();
  pass();
  return (frames.length / (performance.now() - began)) * 1_000;
}

/** The same in a server with a client in a process of its own, which must get each state. */
async function perSecondHeard(): Promise<number> {
  const { store, read } = frameMarket(SYMBOLS);
  const server = startReads([store]);
  const client = Bun.spawn([process.execPath, import.meta.path, "--listen", server.url], { stdout: "pipe" });
  const lines = client.stdout.pipeThrough(new TextDecoderStream()).getReader();
  await lines.read();
  Bun.gc(true);
  const began = performance.now();
  for (let at = 0; at < frames.length; at += FRAMES_A_TURN) {
    for (const frame of frames.slice(at, at + FRAMES_A_TURN)) read(frame);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const took = performance.now() - began;
  const { value: count } = await lines.read();
  if (Number(count) < frames.length) throw new Error(`the listener got ${count} of ${frames.length} states`);
  client.kill();
  await server.stop();
  return (frames.length / took) * 1_000;
}

/** The client: says when it has subscribed, and at last how many klines it got. */
async function listen(url: string): Promise<never> {
  const socket = new WebSocket(`${url.replace("http", "ws")}/ws`, { headers: { "X-API-Key": READ_KEY } } as never);
  let count = 0;
  let lastAt = Number.POSITIVE_INFINITY;
  socket.onopen = () => socket.send(JSON.stringify({ op: "subscribe", channels: ["kline:*:1m"] }));
  socket.onmessage = ({ data }) => {
    if (String(data).startsWith('{"type":"ack"')) console.log("subscribed");
    if (!String(data).startsWith('{"type":"kline"')) return;
    count += 1;
    lastAt = performance.now();
  };
  while (performance.now() - lastAt < 500 || lastAt === Number.POSITIVE_INFINITY) await Bun.sleep(50);
  console.log(count);
  return await new Promise(() => {});
}
