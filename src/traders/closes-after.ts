import { closeTimeOf, type Interval, nextOpenTime, openTimeOf, previousOpenTime, type UnixMs } from "../core/mod.ts";

/** The closes of an interval after `after` up to `upTo`, oldest first; of more than `most`, the newest. */
export function closesAfter(interval: Interval, after: number, upTo: number, most: number): UnixMs[] {
  const closes: UnixMs[] = [];
  let openTime = openTimeOf(interval, upTo);
  // A moment within a candle isn't its close: the last one that is over by then is the candle before.
  if (closeTimeOf(interval, openTime) > upTo) openTime = previousOpenTime(interval, openTime);
  while (closes.length < most && closeTimeOf(interval, openTime) > after) {
    closes.push(closeTimeOf(interval, openTime));
    openTime = previousOpenTime(interval, openTime);
  }
  return closes.reverse();
}

/** Whether a moment is the last millisecond of a candle. */
export function isCloseTime(interval: Interval, moment: number): boolean {
  return nextOpenTime(interval, openTimeOf(interval, moment)) - 1 === moment;
}
