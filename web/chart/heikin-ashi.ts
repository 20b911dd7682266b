import { type Interval, nextOpenTime } from "../../src/core/mod.ts";

/** A candle's prices. */
export interface Prices {
  readonly openTime: number;
  readonly open: number;
  readonly high: number;
  readonly low: number;
  readonly close: number;
}

/**
 * The Heikin Ashi candle of a real one. Its close is the mean of the real four prices, its open the middle of the body of the
 * Heikin Ashi candle before it. Without one before it, its open is the middle of the real body.
 *
 * When older candles are loaded, the first one gets another open. Half of that difference is left in the next open, a quarter in
 * the one after: from 20 candles on it is less than a millionth of it.
 */
export function heikinAshiOf({ openTime, open, high, low, close }: Prices, before: Prices | undefined): Prices {
  const smoothOpen = before === undefined ? (open + close) / 2 : (before.open + before.close) / 2;
  const smoothClose = (open + high + low + close) / 4;
  return {
    openTime,
    open: smoothOpen,
    high: Math.max(high, smoothOpen, smoothClose),
    low: Math.min(low, smoothOpen, smoothClose),
    close: smoothClose,
  };
}

/** The Heikin Ashi candles of real ones, oldest first. They begin anew after a gap: the candle before it isn't known. */
export function heikinAshi(candles: readonly Prices[], interval: Interval, first?: Prices): Prices[] {
  let before = first;
  return candles.map((candle) => {
    const isNext = before !== undefined && nextOpenTime(interval, before.openTime) >= candle.openTime;
    before = heikinAshiOf(candle, isNext ? before : undefined);
    return before;
  });
}
