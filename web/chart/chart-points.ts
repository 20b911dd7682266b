import type { UTCTimestamp } from "lightweight-charts";
import { type Interval, nextOpenTime } from "../../src/core/mod.ts";
import type { WireKline } from "../../src/wire/mod.ts";

/** Klines of one series, oldest first, each open time once. Unchanged klines keep their object identity. */
export type Klines = readonly WireKline[];

/** An open time at which there is no kline: the chart leaves the place empty. */
export interface EmptyPlace {
  readonly openTime: number;
}

/** The chart's point at an open time. */
export type ChartPoint = WireKline | EmptyPlace;

/** A longer stretch without klines is drawn this wide, so that it can't push the klines out of the chart. */
const MOST_EMPTY_PLACES = 120;

/**
 * The klines in the order of their open times, the last one told of each: the chart library stops working at anything
 * else. The same array when they are in order, as they should be.
 */
export function inOrder(klines: Klines): Klines {
  const isInOrder = klines.every(({ openTime }, at) => at === 0 || (klines[at - 1] as WireKline).openTime < openTime);
  if (isInOrder) return klines;
  const byTime = new Map(klines.map((kline) => [kline.openTime, kline]));
  return [...byTime.values()].toSorted((a, b) => a.openTime - b.openTime);
}

/** The klines with empty places between those that don't follow one another. No kline is invented to fill them. */
export function chartPoints(klines: Klines, interval: Interval): ChartPoint[] {
  const points: ChartPoint[] = [];
  let expected: number | undefined;
  for (const kline of klines) {
    for (
      let places = 0;
      expected !== undefined && expected < kline.openTime && places < MOST_EMPTY_PLACES;
      places += 1
    ) {
      points.push({ openTime: expected });
      expected = nextOpenTime(interval, expected);
    }
    points.push(kline);
    expected = nextOpenTime(interval, kline.openTime);
  }
  return points;
}

/**
 * The klines at the end that changed or are new; undefined when more than that changed and all must be drawn anew. What
 * was drawn before the first kline may have left the series: it stays in the chart.
 */
export function newPoints(drawn: Klines, klines: Klines, interval: Interval): Klines | undefined {
  const begin = klines[0] === undefined ? -1 : drawn.indexOf(klines[0]);
  if (begin < 0) return undefined;
  const present = drawn.slice(begin);
  const first = present.findIndex((kline, at) => kline !== klines[at]);
  if (first < 0) return followOn(present.at(-1), klines.slice(present.length), interval);
  const isLast = first === present.length - 1 && klines[first]?.openTime === present[first]?.openTime;
  return isLast ? followOn(undefined, klines.slice(first), interval) : undefined;
}

function followOn(before: WireKline | undefined, klines: Klines, interval: Interval): Klines | undefined {
  const all = before === undefined ? klines : [before, ...klines];
  return chartPoints(all, interval).length === all.length ? klines : undefined;
}

/** The index of the kline in which a moment lies; -1 where none is known. */
export function indexAt(klines: Klines, moment: number): number {
  let [low, high] = [0, klines.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((klines[middle] as WireKline).openTime <= moment) low = middle + 1;
    else high = middle;
  }
  const kline = klines[low - 1];
  return kline !== undefined && moment <= kline.closeTime ? low - 1 : -1;
}

/** When something opens, as the chart library counts time. */
export function secondsOf({ openTime }: { readonly openTime: number }): UTCTimestamp {
  return (openTime / 1_000) as UTCTimestamp;
}
