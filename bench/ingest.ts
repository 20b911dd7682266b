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
import { machine, median, writeResult } from "./lib/results.ts";

const SYMBOLS = 500;
const MINUTES = 10;
const STATES = 30;
const ROUNDS: number = sized(15, 1);

const frames: readonly string[] = [...statesOf(SYMBOLS, MINUTES, STATES)].map(frameOf);
const { minutes, origin } = someMinutes(MINUTES + SYMBOLS);
const bytes = frames.reduce((sum, frame) => sum + frame.length, 0) / frames.length;

const rounds: { readonly parsed: number; readonly one: number; readonly all: number; readonly followed: number }[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  const parsed = perSecond(() => {
    for (const frame of frames) JSON.parse(frame);
  });
  const one = perSecond(intoStore(["1m"]));
  const all = perSecond(intoStore(INTERVALS));
  const followed = perSecond(intoStore(INTERVALS, true));
  console.log(
    `round ${round + 1} of ${ROUNDS}: parsed ${parsed.toFixed(0)}/s, 1m ${one.toFixed(0)}/s, all ${all.toFixed(0)}/s, followed ${followed.toFixed(0)}/s`,
  );
  rounds.push({ parsed, one, all, followed });
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
${rowOf("the same, each state rolled up at once, as for listeners to all series", ({ followed }) => followed)}

Budget: 0.45. ${machine()}.`,
  [
    {
      row: "ingest, nobody listening",
      figure: median(rounds.map((round) => round.all / round.parsed)),
      rival: `JSON.parse alone: ${Math.round(median(rounds.map(({ parsed }) => parsed)))}/s`,
    },
    { row: "ingest, frames a second", figure: median(rounds.map(({ all }) => all)), rival: "" },
  ],
);

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
