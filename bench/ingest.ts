// Question: how many frames of klines a second does one core take in, from bytes to all six intervals updated, with nobody listening?
// Input:    frames as Binance's combined streams send them, of 500 symbols (recorded figures, see lib/klines.ts): 30 states of each of
//           ten minutes, the last of each closed; into a store whose series are full.
// Rival:    JSON.parse alone, on the same frames, in turns.
// Budget:   0.45 of the rival.
import {
  addCandles,
  closeTimeOf,
  emptyKline,
  type Interval,
  type Kline,
  parseSymbol,
  type Symbol,
  type UnixMs,
} from "../src/core/mod.ts";
import { FrameReader } from "../src/feeds/live/reading/frame-reader.ts";
import { BINANCE } from "../src/feeds/mod.ts";
import { MarketStore } from "../src/store/mod.ts";
import { someMinutes } from "./lib/klines.ts";
import { machine, median, writeResult } from "./lib/results.ts";

const SYMBOLS = 500;
const INTERVALS: readonly Interval[] = ["1m", "5m", "15m", "1h", "4h", "1d"];
const MINUTES = 10;
const STATES = 30;
const CAPACITY = 500;
const ROUNDS = 15;
const START = Date.UTC(2026, 1, 10);

const names = Array.from({ length: SYMBOLS }, (_, index) => parseSymbol(`S${index}USDT`));
const { minutes, origin } = someMinutes(MINUTES + SYMBOLS);
const frames = [...framesOf()];
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
${ROUNDS} rounds, all in turn. Each round has a store of its own, which holds ${CAPACITY} klines of each series before.

| | frames/s | ratio |
| --- | --- | --- |
| JSON.parse alone | ${Math.round(median(rounds.map(({ parsed }) => parsed)))} | 1 |
${rowOf("read, judged, and put into 1m", ({ one }) => one)}
${rowOf("the same, and rolled up into five longer intervals, read at the end", ({ all }) => all)}
${rowOf("the same, each state rolled up at once, as for listeners to all series", ({ followed }) => followed)}

Budget: 0.45. ${machine()}.`,
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

/** A store as it is when it has run for a while: each series has as many klines as it keeps. */
function warmStore(intervals: readonly Interval[]): MarketStore {
  const store = new MarketStore({ intervals, capacity: CAPACITY });
  const about = { base: "S", quote: "USDT", status: "TRADING", priceDecimals: 3, quantityDecimals: 2 } as const;
  store.apply({ type: "symbols", symbols: names.map((symbol) => ({ symbol, ...about })) });
  for (const interval of intervals) {
    const klines = Array.from({ length: CAPACITY + 1 }, (_, index): Kline => {
      const openTime = addCandles(interval, START, index - CAPACITY - 1);
      return { ...(minutes[index % MINUTES] as Kline), openTime, closeTime: closeTimeOf(interval, openTime) };
    });
    const [from, to] = [klines[0]?.openTime as UnixMs, klines.at(-1)?.openTime as UnixMs];
    for (const symbol of names) store.apply({ type: "history", symbol, interval, from, to, klines });
  }
  return store;
}

/** Reads all frames into a store; `isFollowed`: as if somebody wanted each state of the longer klines at once. */
function intoStore(intervals: readonly Interval[], isFollowed = false): () => void {
  const store = warmStore(intervals);
  const reader = new FrameReader(BINANCE, new Map(names.map((name) => [name, name])), (event) => {
    store.apply(event);
    if (isFollowed && event.type === "kline") store.catchUp(event.symbol);
  });
  return () => {
    for (const frame of frames) reader.read(frame);
    if (reader.counts.get("kline") !== frames.length) throw new Error("not all frames were taken");
    for (const [index, symbol] of names.entries()) {
      const fed = minutes.slice(index, index + MINUTES);
      const volume = fed.reduce((sum, kline) => sum + Number(kline.volume.toFixed(8)), 0);
      const newest = store.series(symbol, intervals.at(-1) as Interval)?.ring;
      const had = newest?.read(newest.length - 1, emptyKline());
      const expected = intervals.length === 1 ? fed.at(-1)?.volume : volume;
      if (!(Math.abs((had?.volume ?? 0) - (expected ?? 0)) < 1e-6))
        throw new Error(`${symbol} isn't rolled up rightly`);
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
