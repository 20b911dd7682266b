import type { IChartApi, ISeriesApi, UTCTimestamp } from "lightweight-charts";
import { type Interval, nextOpenTime } from "../../src/core/mod.ts";
import { momentAt, positionAt, type ViewRange } from "./view-range.ts";

/** How far the view may be from the last candle and still count as being at the end, in candles. */
const END_CANDLES = 2;

/** How many candles are in sight after a change to another interval, unless there were fewer or more and the interval is the same. */
const FEWEST_CANDLES = 40;
const MOST_CANDLES = 300;

/** Which part of a series is in sight. */
export interface KeptView {
  readonly isAtEnd: boolean;
  /** The time in the middle, in seconds; undefined when there is nothing. */
  readonly middle: UTCTimestamp | undefined;
  /** How far the exact middle is beside that candle, and how many candles are in sight. */
  readonly offset: number;
  readonly width: number;
}

/** Which part of another series was in sight. */
export interface LeftView extends KeptView {
  readonly interval: Interval;
}

/** The current view, before a complete redraw. */
export function viewOf(chart: IChartApi, candles: ISeriesApi<"Candlestick">): KeptView {
  const range = chart.timeScale().getVisibleLogicalRange();
  const last = candles.data().length - 1;
  if (range === null || last < 0) return { isAtEnd: true, middle: undefined, offset: 0, width: 0 };
  const exact = (range.from + range.to) / 2;
  const index = Math.min(last, Math.max(0, Math.round(exact)));
  const middle = candles.data()[index]?.time as UTCTimestamp | undefined;
  return { isAtEnd: range.to >= last - END_CANDLES, middle, offset: exact - index, width: range.to - range.from };
}

/** Restores the time in the middle after the same series was redrawn. At the end of the series, the end stays visible by itself. */
export function keepView(chart: IChartApi, { isAtEnd, middle, offset, width }: KeptView): void {
  const index = isAtEnd || middle === undefined ? null : chart.timeScale().timeToIndex(middle, true);
  if (index === null) return;
  const from = index + offset - width / 2;
  chart.timeScale().setVisibleLogicalRange({ from, to: from + width });
}

/**
 * Restores the view after a change to another series. A view at the end stays at the end, with as many candles in sight. A view of the past
 * keeps its time range, within {@link FEWEST_CANDLES} and {@link MOST_CANDLES}. False if the series doesn't have the middle of that range:
 * then its end is in sight.
 */
export function moveView(
  chart: IChartApi,
  candles: ISeriesApi<"Candlestick">,
  { isAtEnd, middle, offset, width: before, interval: left }: LeftView,
  interval: Interval,
): boolean {
  const scale = chart.timeScale();
  const points = candles.data();
  const [first, last] = [points[0]?.time, points.at(-1)?.time];
  const hasMiddle = middle !== undefined && Number(first) <= middle && middle <= Number(last);
  const index = hasMiddle ? scale.timeToIndex(middle, true) : null;
  if (isAtEnd || index === null) {
    showEnd(chart);
    return isAtEnd;
  }
  const isSame = left === interval;
  const asLong = (before * lengthOf(left)) / lengthOf(interval);
  const width = isSame ? before : Math.min(MOST_CANDLES, Math.max(FEWEST_CANDLES, asLong));
  const from = index + (isSame ? offset : 0) - width / 2;
  scale.setVisibleLogicalRange({ from, to: from + width });
  return true;
}

/** The candles in sight, for an address. Undefined while there are none. `isLive`: the last candle is the market's newest. */
export function rangeInSight(
  chart: IChartApi,
  candles: ISeriesApi<"Candlestick">,
  interval: Interval,
  isLive: boolean,
): ViewRange | undefined {
  const range = chart.timeScale().getVisibleLogicalRange();
  const points = candles.data();
  if (range === null || points.length === 0) return undefined;
  const { from, to } = range;
  if (isLive && to >= points.length - 1 - END_CANDLES) return { kind: "newest", candles: Math.max(1, to - from) };
  const candleMs = lengthOf(interval);
  return { kind: "between", from: momentAt(points, from, candleMs), to: momentAt(points, to, candleMs) };
}

/** Brings a range into sight. False, and nothing has changed, when the series doesn't have the range's middle. */
export function showRange(
  chart: IChartApi,
  candles: ISeriesApi<"Candlestick">,
  range: ViewRange,
  interval: Interval,
): boolean {
  const scale = chart.timeScale();
  const points = candles.data();
  const last = points.length - 1;
  if (last < 0) return false;
  if (range.kind === "newest") {
    const { rightOffset } = scale.options();
    const to = last + rightOffset;
    if (range.candles === undefined) showEnd(chart);
    else scale.setVisibleLogicalRange({ from: to - range.candles, to });
    return true;
  }
  const candleMs = lengthOf(interval);
  const [from, to] = [positionAt(points, range.from, candleMs), positionAt(points, range.to, candleMs)];
  const middle = (from + to) / 2;
  if (middle < 0 || middle > last) return false;
  scale.setVisibleLogicalRange({ from, to });
  return true;
}

/** Scrolls as little as brings a place into sight. */
export function revealPlace(chart: IChartApi, place: number): void {
  const range = chart.timeScale().getVisibleLogicalRange();
  if (range === null) return;
  const by = Math.min(0, place - 0.5 - range.from) + Math.max(0, place + 0.5 - range.to);
  if (by !== 0) chart.timeScale().setVisibleLogicalRange({ from: range.from + by, to: range.to + by });
}

/** Shows the newest candles, as many as before. */
export function showEnd(chart: IChartApi): void {
  const scale = chart.timeScale();
  scale.scrollToPosition(scale.options().rightOffset, false);
}

/** How long a candle is, in milliseconds; a month is as long as January. */
function lengthOf(interval: Interval): number {
  return nextOpenTime(interval, 0);
}
