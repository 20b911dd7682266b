import { type Interval, isInterval, isSymbolText, type Symbol } from "../../core/mod.ts";

/** One series in Redis. */
export interface SeriesName {
  readonly symbol: Symbol;
  readonly interval: Interval;
}

/** The sorted set of a series: the score is the open time, a member a candle as JSON. */
export function klinesKey({ symbol, interval }: SeriesName): string {
  return `klines:${symbol}:${interval}`;
}

/** The moment of the last candle of a series that closed, in milliseconds. */
export function lastClosedKey({ symbol, interval }: SeriesName): string {
  return `lastClosed:${symbol}:${interval}`;
}

/** Which series a key of either kind is of; undefined for all other keys. */
export function seriesOfKey(key: string): (SeriesName & { readonly kind: "klines" | "lastClosed" }) | undefined {
  const [, kind, symbol = "", interval = ""] = /^(klines|lastClosed):([^:]+):([^:]+)$/.exec(key) ?? [];
  // Lower case is another key: it would be looked for under the name in capitals.
  if (!isInterval(interval) || !isSymbolText(symbol) || symbol !== symbol.toUpperCase()) return undefined;
  return { kind: kind as "klines" | "lastClosed", symbol: symbol as Symbol, interval };
}
