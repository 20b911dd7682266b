import { type Interval, type Kline, nextOpenTime } from "../../src/core/mod.ts";

/** Klines of one series, oldest first, each open time once. Never changed in place: what is the same stays the same object. */
export type Klines = readonly Kline[];

/** How many klines a chart keeps while it grows; when it has twice as many, the oldest are let go. */
const KEPT_KLINES = 1_000;

/** Puts one state of one kline in its place. A closed kline isn't opened again, it may only be restated closed. */
export function withKline(klines: Klines, kline: Kline): Klines {
  const at = placeOf(klines, kline.openTime);
  const present = klines[at];
  if (present?.openTime !== kline.openTime) return trimmed(klines.toSpliced(at, 0, kline));
  if (present.closed && !kline.closed) return klines;
  return klines.with(at, kline);
}

/** What was recovered reaches from its first kline to the present and is right: it replaces all that is there from then on. */
export function withRecovered(klines: Klines, recovered: Klines): Klines {
  const first = recovered[0];
  if (first === undefined) return klines;
  return trimmed([...klines.slice(0, placeOf(klines, first.openTime)), ...recovered]);
}

/** The open time of the last closed kline: what a client names in `since`. */
export function lastClosed(klines: Klines): number | undefined {
  return klines.findLast((kline) => kline.closed)?.openTime;
}

/** Whether candles lie between the last kline and this one, of which nothing is known here. */
export function leavesGap(klines: Klines, kline: Kline, interval: Interval): boolean {
  const last = klines.at(-1);
  return last !== undefined && kline.openTime > nextOpenTime(interval, last.openTime);
}

/** The place of the first kline that doesn't open before `openTime`. Searched from the end, where the news are. */
function placeOf(klines: Klines, openTime: number): number {
  return klines.findLastIndex((kline) => kline.openTime < openTime) + 1;
}

function trimmed(klines: Klines): Klines {
  return klines.length < 2 * KEPT_KLINES ? klines : klines.slice(-KEPT_KLINES);
}
