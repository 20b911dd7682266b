// Question: how long does one filter take over 500 symbols × 2 intervals, just after a close: in each engine, and for the
//           next filter that asks for the same indicators?
// Input:    minutes and hours of 500 symbols by a seed, 500 klines each, in a store; the market moves on between rounds.
// Rival:    the predecessor's way, without its network: the JSON of as many klines of each series parsed to objects, and the
//           same filter as a plain function over the indicators of trading-signals.
// Budget:   10 ms, compiled.
import * as signals from "trading-signals";
import { closeTimeOf, type Interval, type Kline, parseSymbol, type Symbol, type UnixMs } from "../src/core/mod.ts";
import { createSandbox } from "../src/sandbox/mod.ts";
import { StoreView } from "../src/server/mod.ts";
import { MarketStore } from "../src/store/mod.ts";
import { Screening, type ScreenResult, WINDOW_KLINES } from "../src/strategy/mod.ts";
import { minuteKlines, rolledUp } from "../tests/helpers/truth.ts";
import { sized } from "./lib/quick.ts";
import { machine, machineLoad, median, writeResult } from "./lib/results.ts";

const SYMBOLS: number = sized(500, 100);
const KLINES = 500;
const ROUNDS: number = sized(15, 3);
const INTERVALS: readonly Interval[] = ["1m", "5m"];
const START = Date.UTC(2026, 1, 10);
const FILTER = `const minute = candles("1m");
const five = candles("5m");
const strength = rsi(minute.close, 14).at(-1);
const bands = bollinger(minute.close, 20, 2);
const trend = ema(five.close, 50);
return {
  match: strength < 35 && minute.close.at(-1) < bands.lower.at(-1) && five.close.at(-1) > trend.at(-1),
  facts: {rsi: strength, price: minute.close.at(-1)},
};`;
/** Another filter's question, which wants the same indicators. */
const NEXT = FILTER.replace("strength < 35", "strength < 30");

const symbols = Array.from({ length: SYMBOLS }, (_, index) => parseSymbol(`S${String(index).padStart(3, "0")}USDT`));
const minutes = new Map<Symbol, Kline[]>();
for (const [index, symbol] of symbols.entries()) {
  minutes.set(
    symbol,
    minuteKlines(START, KLINES * 5 + ROUNDS, index + 1, () => false),
  );
}
const store = filled();
const view = new StoreView(store);
/** Runs slow, so that the bounds of a screen don't cut off what is to be measured on a machine that is busy or cold. */
const stopwatch = (): number => performance.now() / 100;
const compiled = new Screening({ view, runner: await createSandbox({ stopwatch }), stopwatch });
const quickjs = new Screening({ view, runner: await createSandbox({ stopwatch, only: "quickjs" }), stopwatch });

interface Round {
  readonly compiled: number;
  readonly next: number;
  readonly quickjs: number;
  readonly rival: number;
}
const rounds: Round[] = [];
let matches = 0;
for (let round = -5; round < ROUNDS; round += 1) {
  const closeTime = moved(round);
  const first = timed(() => compiled.screen({ code: FILTER, timeframes: INTERVALS, closeTime }));
  const next = timed(() => compiled.screen({ code: NEXT, timeframes: INTERVALS, closeTime }));
  const alone = timed(() => quickjs.screen({ code: FILTER, timeframes: INTERVALS, closeTime }));
  const texts = jsonAt(closeTime);
  const rival = timed(() => rivalScreen(texts));
  const found = (result: ScreenResult): string => result.matches.map(({ symbol }) => symbol).join();
  for (const { result } of [first, alone]) {
    if (found(result) !== rival.result.join() || result.checked !== SYMBOLS || result.handedOver > 0) {
      throw new Error(
        `they disagree: ${found(result)} and ${rival.result.join()}, ${JSON.stringify(result.errors[0])}`,
      );
    }
  }
  matches += rival.result.length;
  const times = { compiled: first.ms, next: next.ms, quickjs: alone.ms, rival: rival.ms };
  console.log(
    `round ${round}: ${Object.entries(times)
      .map(([name, ms]) => `${name} ${ms.toFixed(1)} ms`)
      .join(", ")}`,
  );
  // The first ones warm the machine up.
  if (round >= 0) rounds.push(times);
}

const middle = (name: keyof Round): number => median(rounds.map((round) => round[name]));
const least = (name: keyof Round): number => Math.min(...rounds.map((round) => round[name]));
const row = (what: string, name: keyof Round): string =>
  `| ${what} | ${middle(name).toFixed(1)} | ${least(name).toFixed(1)} | ${(middle(name) / middle("rival")).toFixed(2)} |`;
writeResult(
  "screen",
  `One filter (RSI, Bollinger's bands, an EMA, facts) over ${SYMBOLS} symbols × ${INTERVALS.length} intervals of ${WINDOW_KLINES} klines, made up by a
seed, just after a close; ${matches} matches, the same by all; ${ROUNDS} closes.

| | median ms | least ms | ratio of medians |
| --- | --- | --- | --- |
${row("Vyx, compiled", "compiled")}
${row("Vyx, compiled, the next filter with the same indicators", "next")}
${row("Vyx, QuickJS, indicators computed by the first", "quickjs")}
${row("JSON parsed to objects, plain function, trading-signals", "rival")}

${machine()}. ${machineLoad()}`,
  [
    {
      row: "one filter over 500 symbols × 2 intervals",
      figure: middle("compiled"),
      rival: `JSON.parse and trading-signals: ${middle("rival").toFixed(0)} ms`,
    },
  ],
);

function timed<Result>(work: () => Result): { readonly ms: number; readonly result: Result } {
  const started = performance.now();
  const result = work();
  return { ms: performance.now() - started, result };
}

function filled(): MarketStore {
  const made = new MarketStore({ intervals: INTERVALS, capacity: KLINES });
  const about = { base: "S", quote: "USDT", status: "TRADING", priceDecimals: 2, quantityDecimals: 2 } as const;
  made.apply({ type: "symbols", symbols: symbols.map((symbol) => ({ symbol, ...about })) });
  for (const symbol of symbols) {
    const all = (minutes.get(symbol) ?? []).slice(0, KLINES * 5 - 5);
    for (const interval of INTERVALS) {
      const klines = interval === "1m" ? all : rolledUp(interval, all, Number.POSITIVE_INFINITY);
      const kept = klines.slice(-KLINES);
      const [from, to] = [kept[0]?.openTime as UnixMs, kept.at(-1)?.openTime as UnixMs];
      made.apply({ type: "history", symbol, interval, from, to, klines: kept });
    }
  }
  return made;
}

/** The next minute of every symbol, as the stream tells it. */
function moved(round: number): UnixMs {
  const index = KLINES * 5 + round;
  let closeTime = 0 as UnixMs;
  for (const symbol of symbols) {
    const kline = minutes.get(symbol)?.[index] as Kline;
    closeTime = closeTimeOf("1m", kline.openTime);
    store.apply({ type: "kline", symbol, interval: "1m", kline, eventTime: (closeTime + 1) as UnixMs });
  }
  return closeTime;
}

/** What the predecessor had in Redis: the klines of each series as JSON texts. */
function jsonAt(closeTime: UnixMs): Map<Symbol, readonly [string, string]> {
  return new Map(
    symbols.map((symbol) => {
      const [one, five] = INTERVALS.map((interval) => {
        const klines = view.closed(symbol, interval, closeTime, WINDOW_KLINES);
        const rows = Array.from(klines?.openTime ?? [], (openTime, row) => {
          const { open, high, low, close, volume } = klines ?? { open: [], high: [], low: [], close: [], volume: [] };
          return { openTime, open: open[row], high: high[row], low: low[row], close: close[row], volume: volume[row] };
        });
        return JSON.stringify(rows);
      });
      return [symbol, [one ?? "", five ?? ""]] as const;
    }),
  );
}

function rivalScreen(texts: ReadonlyMap<Symbol, readonly [string, string]>): Symbol[] {
  const found: Symbol[] = [];
  for (const [symbol, [one, five]] of texts) {
    const minute = JSON.parse(one) as { close: number }[];
    const fives = JSON.parse(five) as { close: number }[];
    const rsi = new signals.RSI(14);
    const bands = new signals.BollingerBands(20, 2);
    for (const { close } of minute) {
      rsi.update(close, false);
      bands.update(close, false);
    }
    const trend = new signals.EMA(50);
    for (const { close } of fives) trend.update(close, false);
    const price = minute.at(-1)?.close ?? Number.NaN;
    const below = price < bands.getResultOrThrow().lower;
    if (rsi.getResultOrThrow() < 35 && below && (fives.at(-1)?.close ?? 0) > trend.getResultOrThrow())
      found.push(symbol);
  }
  return found;
}
