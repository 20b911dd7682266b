import { type Interval, nextOpenTime } from "../../src/core/mod.ts";

const DAY = 86_400_000;

/** Candles that a span shows at most. */
const MOST_CANDLES = 800;

/** The spans that can be chosen by name, in milliseconds. The names are words, because 1m and 1d are intervals. No market is older than that of `All`. */
export const CHART_SPANS: readonly { readonly name: string; readonly says: string; readonly ms: number }[] = [
  { name: "Day", says: "The last day", ms: DAY },
  { name: "Month", says: "The last month", ms: 31 * DAY },
  { name: "Year", says: "The last year", ms: 365 * DAY },
  { name: "All", says: "All that there is", ms: 26 * 365 * DAY },
];

/** Which candles are to be in sight: the newest, for so many milliseconds. */
export interface ChartSpan {
  readonly interval: Interval;
  readonly ms: number;
}

/**
 * The shortest of the intervals that shows so many milliseconds in at most 800 candles, and in no more than the server keeps of each
 * series; or else the longest. Undefined without intervals.
 */
export function intervalFor(
  ms: number,
  intervals: readonly Interval[],
  capacity: number = MOST_CANDLES,
): Interval | undefined {
  const most = Math.min(MOST_CANDLES, capacity);
  // A month is as long as January.
  return intervals.find((interval) => ms / nextOpenTime(interval, 0) <= most) ?? intervals.at(-1);
}
