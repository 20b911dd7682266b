import {
  addCandles,
  closeTimeOf,
  emptyKline,
  type Interval,
  type Kline,
  openTimeOf,
  parseSymbol,
  type Symbol,
  seededRandom,
  type Ticker,
  type UnixMs,
} from "../../src/core/mod.ts";
import type { MarketView } from "../../src/strategy/mod.ts";
import type { Condition } from "../../web/screener/conditions.ts";
import { viewOfArrays } from "./arrays-view.ts";

/** A market of random walks, and what it is made of. Some symbols are young: they lack candles of the longer intervals. */
export interface MadeUpMarket {
  readonly view: MarketView;
  readonly symbols: readonly Symbol[];
  readonly closeTime: UnixMs;
  readonly served: readonly Interval[];
  klines(symbol: Symbol, interval: Interval): readonly Kline[];
  ticker(symbol: Symbol): Ticker;
}

const SERVED: readonly Interval[] = ["1m", "5m", "15m", "1h", "4h", "1d"];

/** Candles of each interval that old symbols have: as many as the slowest average needs. */
const CANDLES = 1_700;

/** Makes one. `closeTime`: the last millisecond of a candle of 1m. */
export function madeUpMarket(closeTime: UnixMs, count: number, seed: number, served = SERVED): MadeUpMarket {
  const random = seededRandom(seed);
  const symbols = Array.from({ length: count }, (_, at) => parseSymbol(`S${String(at).padStart(3, "0")}USDT`));
  const klines = new Map<string, readonly Kline[]>();
  const tickers = new Map<Symbol, Ticker>();
  for (const symbol of symbols) {
    // A third is young, by up to 30 candles of each interval.
    const candles = random() < 0.33 ? 1 + Math.floor(random() * 30) : CANDLES;
    for (const interval of served) klines.set(`${symbol} ${interval}`, walk(interval, closeTime, candles, random));
    const [low, span, at] = [50 + 50 * random(), 50 * random(), random()];
    const price = low + at * span;
    const open = low + random() * span;
    tickers.set(symbol, {
      ...{ symbol, price, open, high: low + span, low, volume: 3_000 * random(), quoteVolume: 1e6 * random() },
      ...{ priceChange: price - open, priceChangePercent: 100 * (price / open - 1), updatedAt: closeTime },
    });
  }
  const of = (symbol: Symbol, interval: Interval): readonly Kline[] => klines.get(`${symbol} ${interval}`) ?? [];
  const series = symbols.flatMap((symbol) =>
    served.map((interval) => ({ symbol, interval, klines: of(symbol, interval), settled: true })),
  );
  const view = viewOfArrays(series, [...tickers.values()]);
  return { view, symbols, closeTime, served, klines: of, ticker: (symbol) => tickers.get(symbol) as Ticker };
}

function walk(interval: Interval, closeTime: UnixMs, count: number, random: () => number): Kline[] {
  const end = openTimeOf(interval, (closeTime + 1) as UnixMs);
  let [price, drift] = [100, 0];
  return Array.from({ length: count }, (_, row) => {
    if (random() < 0.05) drift = (random() - 0.5) / 100;
    const open = price;
    price *= 1 + drift / 2 + (random() - 0.5) / 100;
    const openTime = addCandles(interval, end, row - count);
    return {
      ...emptyKline(),
      ...{ openTime, closeTime: closeTimeOf(interval, openTime), open, close: price, closed: true },
      high: Math.max(open, price) * (1 + random() / 300),
      low: Math.min(open, price) * (1 - random() / 300),
      volume: 100 * (random() < 0.1 ? 1 + 9 * random() : random()),
    };
  });
}

/**
 * A column's value computed from klines without any of the program's code: NaN where there are too few. `back`: so many candles before the
 * newest one.
 */
export function independentValue(
  market: MadeUpMarket,
  symbol: Symbol,
  key: string,
  chosen: Interval,
  back = 0,
): number | boolean {
  const upToThen = (interval: Interval): readonly Kline[] => {
    const all = market.klines(symbol, interval);
    return all.slice(0, all.length - back);
  };
  const { price, low, high, volume, quoteVolume, priceChangePercent } = market.ticker(symbol);
  const candles = upToThen(chosen);
  const newest = (count: number, skipped = 0): readonly Kline[] | undefined =>
    candles.length < count + skipped ? undefined : candles.slice(candles.length - skipped - count).slice(0, count);
  const last = candles.at(-1);
  const close = last?.close ?? Number.NaN;
  const percentOf = (part: number, whole: number): number => 100 * (part / whole - 1);
  const length = Number(/\d+/.exec(key)?.[0]);
  switch (key) {
    case "change5m":
      return changeOf(upToThen("1m"), 5);
    case "change1h":
      return changeOf(upToThen("1m"), 60);
    case "change4h":
      return changeOf(upToThen("1m"), 240);
    case "change1d":
      return changeOf(upToThen("15m"), 96);
    case "change7d":
      return changeOf(upToThen("1h"), 168);
    case "relativeVolume":
      return (last?.volume ?? Number.NaN) / mean(newest(20, 1)?.map((one) => one.volume));
    case "relativeDayVolume":
      return volume / mean(lastOf(market.klines(symbol, "1d"), 20)?.map((one) => one.volume));
    case "rsi14":
      return rsi(candles.map((one) => one.close));
    case "emaDistance20":
    case "emaDistance50":
    case "emaDistance200":
      return percentOf(
        close,
        average(
          candles.map((one) => one.close),
          length,
        ),
      );
    case "toHigh20":
    case "toHigh50":
      return percentOf(close, greatest(newest(length)));
    case "toLow20":
    case "toLow50":
      return percentOf(close, least(newest(length)));
    case "newHigh20":
    case "newHigh50":
      return compared(last?.high, greatest(newest(length, 1)), (a, b) => a > b);
    case "newLow20":
    case "newLow50":
      return compared(last?.low, least(newest(length, 1)), (a, b) => a < b);
    case "newHigh20d":
      return compared(price, greatest(lastOf(market.klines(symbol, "1d"), 20)), (a, b) => a > b);
    case "newLow20d":
      return compared(price, least(lastOf(market.klines(symbol, "1d"), 20)), (a, b) => a < b);
    case "newHighToday":
      return ofToday(market.klines(symbol, "15m"), (candle, before) => candle.high > greatest(before));
    case "newLowToday":
      return ofToday(market.klines(symbol, "15m"), (candle, before) => candle.low < least(before));
    case "atrPercent":
      return (100 * trueRange(candles)) / close;
    case "rangePosition20": {
      const [bottom, top] = [least(newest(20)), greatest(newest(20))];
      return (100 * (close - bottom)) / (top - bottom);
    }
    case "price":
      return price;
    case "change24h":
      return priceChangePercent;
    case "volume24h":
      return quoteVolume;
    case "rangePosition24h":
      return (100 * (price - low)) / (high - low);
    default:
      throw new Error(`no independent computation of ${key}`);
  }
}

/** Whether a symbol fulfils a condition, by the values above alone. */
export function fulfils(market: MadeUpMarket, symbol: Symbol, chosen: Interval, condition: Condition): boolean {
  const { column, operator, operand } = condition;
  const valueOf = (key: string, back: number): number => Number(independentValue(market, symbol, key, chosen, back));
  const other = (back: number): number =>
    typeof operand === "object" && "column" in operand ? valueOf(operand.column, back) : Number(operand);
  const [now, then] = [independentValue(market, symbol, column, chosen), (): number => valueOf(column, 1)];
  switch (operator) {
    case "above":
      return Number(now) > other(0);
    case "below":
      return Number(now) < other(0);
    case "between": {
      const [from, to] = operand as readonly [number, number];
      return Number(now) >= from && Number(now) <= to;
    }
    case "crossesAbove":
      return then() <= other(1) && Number(now) > other(0);
    case "crossesBelow":
      return then() >= other(1) && Number(now) < other(0);
    case "is":
      return now === true;
    case "isNot":
      return now === false;
  }
}

function changeOf(candles: readonly Kline[], count: number): number {
  const [now, then] = [candles.at(-1), candles.at(-1 - count)];
  return now === undefined || then === undefined ? Number.NaN : 100 * (now.close / then.close - 1);
}

function lastOf(candles: readonly Kline[], count: number): readonly Kline[] | undefined {
  return candles.length < count ? undefined : candles.slice(-count);
}

function mean(values: readonly number[] | undefined): number {
  return values === undefined ? Number.NaN : values.reduce((sum, value) => sum + value, 0) / values.length;
}

function greatest(candles: readonly Kline[] | undefined): number {
  return candles === undefined ? Number.NaN : Math.max(...candles.map(({ high }) => high));
}

function least(candles: readonly Kline[] | undefined): number {
  return candles === undefined ? Number.NaN : Math.min(...candles.map(({ low }) => low));
}

/** NaN where one of both isn't known. */
function compared(a: number | undefined, b: number, holds: (a: number, b: number) => boolean): number | boolean {
  return a === undefined || Number.isNaN(b) ? Number.NaN : holds(a, b);
}

/** Of the candles since 00:00 UTC, whether the newest is so against those before it; the first of a day never is. */
function ofToday(
  candles: readonly Kline[],
  isSo: (candle: Kline, before: readonly Kline[]) => boolean,
): number | boolean {
  const last = candles.at(-1);
  if (last === undefined || candles.length < 97) return Number.NaN;
  const midnight = new Date(last.openTime).setUTCHours(0, 0, 0, 0);
  const before = candles.filter(({ openTime }) => openTime >= midnight && openTime < last.openTime);
  return before.length > 0 && isSo(last, before);
}

/** Wilder's RSI of 14, over all there is. */
function rsi(closes: readonly number[]): number {
  if (closes.length < 15) return Number.NaN;
  const changes = closes.slice(1).map((close, at) => close - (closes[at] as number));
  let rise = mean(changes.slice(0, 14).map((one) => Math.max(one, 0)));
  let fall = mean(changes.slice(0, 14).map((one) => Math.max(-one, 0)));
  for (const one of changes.slice(14)) {
    rise = (13 * rise + Math.max(one, 0)) / 14;
    fall = (13 * fall + Math.max(-one, 0)) / 14;
  }
  return (100 * rise) / (rise + fall);
}

/** The exponential moving average, over all there is. */
function average(closes: readonly number[], length: number): number {
  if (closes.length < length) return Number.NaN;
  const share = 2 / (length + 1);
  return closes.slice(1).reduce((before, close) => share * close + (1 - share) * before, closes[0] as number);
}

/** Wilder's average true range of 14, over all there is. */
function trueRange(candles: readonly Kline[]): number {
  if (candles.length < 14) return Number.NaN;
  const ranges = candles.map(({ high, low }, at) => {
    const before = candles[at - 1]?.close ?? low;
    return Math.max(high, before) - Math.min(low, before);
  });
  return ranges.slice(14).reduce((before, range) => (13 * before + range) / 14, mean(ranges.slice(0, 14)));
}
