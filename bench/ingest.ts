// Question: how many frames of klines a second does one core take in, from bytes to all six intervals updated, with nobody listening?
// Input:    frames as Binance's combined streams send them, of 500 symbols (recorded figures, see lib/klines.ts): 30 states of each of
//           ten minutes, the last of each closed.
// Rival:    JSON.parse alone, on the same frames, in turns.
// Budget:   0.45 of the rival.
import { closeTimeOf, type Kline, parseSymbol, type Symbol, type UnixMs } from "../src/core/mod.ts";
import { FrameReader } from "../src/feeds/live/reading/frame-reader.ts";
import { BINANCE } from "../src/feeds/mod.ts";
import { MarketStore } from "../src/store/mod.ts";
import { someMinutes } from "./lib/klines.ts";
import { sized } from "./lib/quick.ts";
import { machine, median, writeResult } from "./lib/results.ts";

const SYMBOLS = 500;
const INTERVALS = ["1m", "5m", "15m", "1h", "4h", "1d"] as const;
const MINUTES = 10;
const STATES = 30;
const ROUNDS: number = sized(15, 1);
const START = Date.UTC(2026, 1, 10);

const names = Array.from({ length: SYMBOLS }, (_, index) => parseSymbol(`S${index}USDT`));
const { minutes, origin } = someMinutes(MINUTES + SYMBOLS);
const frames = [...framesOf()];
const bytes = frames.reduce((sum, frame) => sum + frame.length, 0) / frames.length;

const rounds: { readonly parsed: number; readonly one: number; readonly all: number }[] = [];
for (let round = 0; round < ROUNDS; round += 1) {
  const parsed = perSecond(() => {
    for (const frame of frames) JSON.parse(frame);
  });
  const one = perSecond(intoStore(["1m"]));
  const all = perSecond(intoStore(INTERVALS));
  console.log(
    `round ${round + 1} of ${ROUNDS}: parsed ${parsed.toFixed(0)}/s, 1m ${one.toFixed(0)}/s, all ${all.toFixed(0)}/s`,
  );
  rounds.push({ parsed, one, all });
}
const rowOf = (title: string, of: (round: (typeof rounds)[number]) => number): string => {
  const ratios = rounds.map((round) => of(round) / round.parsed).sort((a, b) => a - b);
  return `| ${title} | ${Math.round(median(rounds.map(of)))} | ${median(ratios).toFixed(2)} (${ratios[0]?.toFixed(2)} to ${ratios.at(-1)?.toFixed(2)}) |`;
};
writeResult(
  "ingest",
  `${frames.length} frames of ${SYMBOLS} symbols (${bytes.toFixed(0)} bytes on average, ${origin}), ${STATES} states of each of ${MINUTES} minutes, on one thread; medians of
${ROUNDS} rounds, all three in turn. A new store each round.

| | frames/s | ratio |
| --- | --- | --- |
| JSON.parse alone | ${Math.round(median(rounds.map(({ parsed }) => parsed)))} | 1 |
${rowOf("read, judged, and put into 1m", ({ one }) => one)}
${rowOf("the same, and rolled up into five longer intervals", ({ all }) => all)}

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

/** What the exchange sends: all symbols' states, in turns. */
function* framesOf(): Generator<string> {
  for (let minute = 0; minute < MINUTES; minute += 1) {
    const openTime = (START + minute * 60_000) as UnixMs;
    for (let state = 1; state <= STATES; state += 1) {
      for (const [index, symbol] of names.entries())
        yield frameOf(symbol, minutes[minute + index] as Kline, openTime, state);
    }
  }
}

function frameOf(symbol: Symbol, final: Kline, t: UnixMs, state: number): string {
  const share = state / STATES;
  const amount = (figure: number): string => (figure * share).toFixed(8);
  const [o, h, l, c] = [final.open, final.high, final.low, final.close].map((price) => price.toFixed(8));
  const T = closeTimeOf("1m", t);
  const E = state === STATES ? T + 1 : t + state * 1_000;
  const [v, q] = [amount(final.volume), amount(final.quoteVolume)];
  const [V, Q] = [amount(final.takerBuyVolume), amount(final.takerBuyQuoteVolume)];
  const n = Math.floor(final.trades * share);
  const k = { t, T, s: symbol, i: "1m", f: 100, L: 100 + n, o, c, h, l, v, n, x: state === STATES, q, V, Q, B: "0" };
  return JSON.stringify({
    stream: `${symbol.toLowerCase()}@kline_1m`,
    data: { e: "kline", E, s: symbol, k },
  });
}

/** Reads all frames into a store that has no klines yet. */
function intoStore(intervals: readonly (typeof INTERVALS)[number][]): () => void {
  const store = new MarketStore({ intervals, capacity: 500 });
  const about = { base: "S", quote: "USDT", status: "TRADING", priceDecimals: 3, quantityDecimals: 2 } as const;
  store.apply({ type: "symbols", symbols: names.map((symbol) => ({ symbol, ...about })) });
  // The exchange was asked what came before, and had nothing.
  const [from, to] = [(START - 86_400_000) as UnixMs, (START - 60_000) as UnixMs];
  for (const symbol of names) store.apply({ type: "history", symbol, interval: "1m", from, to, klines: [] });
  const reader = new FrameReader(BINANCE, new Map(names.map((name) => [name, name])), (event) => store.apply(event));
  return () => {
    for (const frame of frames) reader.read(frame);
    const taken = reader.counts.get("kline");
    if (taken !== frames.length) throw new Error(`${taken} of ${frames.length} frames were taken`);
    const last = store.series(names[0] as Symbol, intervals.at(-1) as "1m");
    if ((last?.ring.length ?? 0) === 0) throw new Error("nothing was rolled up");
  };
}

/** Frames a second of one pass over all of them. */
function perSecond(pass: () => void): number {
  Bun.gc(true);
  const began = performance.now();
  pass();
  return (frames.length / (performance.now() - began)) * 1_000;
}
