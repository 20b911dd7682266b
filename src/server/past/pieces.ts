import {
  closeTimeOf,
  type Interval,
  nextOpenTime,
  type OpenTimeRange,
  openTimeOf,
  previousOpenTime,
  type UnixMs,
} from "../../core/mod.ts";

/** A part of a range of candles: all that the exchange has of it is in the past, or not. */
export interface Piece extends OpenTimeRange {
  readonly isSettled: boolean;
}

/** The minutes of a range of candles. */
export function minutesOf(interval: Interval, { from, to }: OpenTimeRange): OpenTimeRange {
  return { from, to: openTimeOf("1m", closeTimeOf(interval, to)) };
}

/**
 * The parts of a range of candles, oldest first, from where minutes are settled. A candle is only where all of its minutes are. No part where
 * the range is empty.
 */
export function piecesOf(interval: Interval, range: OpenTimeRange, minutes: readonly OpenTimeRange[]): Piece[] {
  const pieces: Piece[] = [];
  let next = range.from;
  for (const settled of minutes) {
    const from = Math.max(next, firstIn(interval, settled.from)) as UnixMs;
    const end = openTimeOf(interval, nextOpenTime("1m", settled.to));
    const to = Math.min(range.to, previousOpenTime(interval, end)) as UnixMs;
    if (from > to) continue;
    if (from > next) pieces.push({ from: next, to: previousOpenTime(interval, from), isSettled: false });
    pieces.push({ from, to, isSettled: true });
    next = nextOpenTime(interval, to);
  }
  if (next <= range.to) pieces.push({ from: next, to: range.to, isSettled: false });
  return pieces;
}

/** The first candle that opens at or after the moment. */
export function firstIn(interval: Interval, moment: number): UnixMs {
  const openTime = openTimeOf(interval, moment);
  return openTime < moment ? nextOpenTime(interval, openTime) : openTime;
}

/** Whether ranges, which may overlap, cover all candles from `from` to `to`. */
export function isCovered(interval: Interval, from: number, to: number, ranges: readonly OpenTimeRange[]): boolean {
  let next = from;
  for (const range of ranges.toSorted((a, b) => a.from - b.from)) {
    if (next > to || range.from > next) break;
    if (range.to >= next) next = nextOpenTime(interval, range.to);
  }
  return next > to;
}
