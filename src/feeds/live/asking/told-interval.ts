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
export function toldInterval(interval: Interval, history: readonly Interval[]): Interval | undefined {
  let told: Interval | undefined = interval;
  while (told !== undefined && !history.includes(told)) told = CHILD_OF[told];
  return told;
}

/** The candles of a shorter interval that a candle has at most: 31 days of a month. */
export function candlesIn(interval: Interval, told: Interval): number {
  if (interval === told) return 1;
  // January, which has 31 days, as the longest months have.
  const from = openTimeOf(interval, Date.UTC(2026, 0, 1));
  return candlesBetween(told, from, addCandles(interval, from, 1));
}

/** The open times of the shorter candles in a range of longer ones. */
export function toldRange(interval: Interval, told: Interval, { from, to }: OpenTimeRange): OpenTimeRange {
  return { from, to: openTimeOf(told, closeTimeOf(interval, to)) as UnixMs };
}
