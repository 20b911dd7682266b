import type { Interval, Kline, UnixMs } from "../core/mod.ts";

/** What the exchange says of a pair. Decimals are digits behind the point. */
export interface Pair {
  readonly symbol: string;
  readonly base: string;
  readonly quote: string;
  readonly priceDecimals: number;
  readonly quantityDecimals: number;
}

/**
 * The market behind the stand-in: final klines of the past and of the future alike, so that an open candle can grow into
 * exactly what it will be. Prices and amounts have 8 decimals at most; quote volume, trades and taker volumes that a recording lacks are NaN.
 */
export interface Market {
  readonly source: "recorded" | "simulated";
  readonly pairs: readonly Pair[];
  /** Market time at which live begins unless told otherwise. */
  readonly start: UnixMs;
  /** Market time at which the data ends; undefined where it never does. */
  readonly end: UnixMs | undefined;
  /** The interval in which a pair's candles are told and grow: the shortest that is known. Everything longer adds up from it. */
  baseOf(symbol: string): Interval;
  /** When the first of a pair's base candles opens. A longer candle that opened before isn't added up: a part of it isn't known. */
  firstOf(symbol: string): UnixMs;
  /**
   * The final klines that open from `from` to `to`, oldest first: the first `limit`, or with `newest` the last. An
   * interval that can't be told is empty.
   */
  klines(symbol: string, interval: Interval, from: number, to: number, limit: number, newest?: boolean): Kline[];
}
