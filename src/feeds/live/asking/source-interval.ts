import {
  addCandles,
  CHILD_OF,
  candlesBetween,
  closeTimeOf,
  type Interval,
  type OpenTimeRange,
  openTimeOf,
  type UnixMs,
} from "../../../core/mod.ts";

/**
 * The interval of which an exchange's history is asked for klines of another: itself where REST answers it, else the one that it is
 * rolled up from. Undefined where the exchange has neither, as one without seconds.
 */
export function sourceInterval(interval: Interval, history: readonly Interval[]): Interval | undefined {
  let source: Interval | undefined = interval;
  while (source !== undefined && !history.includes(source)) source = CHILD_OF[source];
  return source;
}

/** The candles of a shorter interval that a candle has at most: 31 days of a month. */
export function candlesIn(interval: Interval, source: Interval): number {
  if (interval === source) return 1;
  // January, which has 31 days, as the longest months have.
  const from = openTimeOf(interval, Date.UTC(2026, 0, 1));
  return candlesBetween(source, from, addCandles(interval, from, 1));
}

/** The open times of the shorter candles in a range of longer ones. */
export function sourceRange(interval: Interval, source: Interval, { from, to }: OpenTimeRange): OpenTimeRange {
  return { from, to: openTimeOf(source, closeTimeOf(interval, to)) as UnixMs };
}
