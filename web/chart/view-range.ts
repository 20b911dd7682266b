import type { Time } from "lightweight-charts";

/** Which candles are in sight: so many that end at the newest one, or those between two moments. */
export type ViewRange =
  | {
      readonly kind: "newest";
      /** How many; undefined for as many as fit. */
      readonly candles: number | undefined;
    }
  | { readonly kind: "between"; readonly from: number; readonly to: number };

/** The newest candles, as many as fit. */
export const NEWEST: ViewRange = { kind: "newest", candles: undefined };

/** Candles that a range may show, at most. */
const MOST_CANDLES = 100_000;

/** No market is older, and none is younger, in milliseconds since 1970. */
const FIRST_MOMENT = Date.UTC(2009, 0, 1);
const LAST_MOMENT = Date.UTC(2100, 0, 1);

/** Whether an address may name this moment. */
export function isMoment(moment: number): boolean {
  return moment >= FIRST_MOMENT && moment <= LAST_MOMENT;
}

/** "newest", "newest-120", or "1770681600000-1770700000000". */
export function rangeText(range: ViewRange): string {
  if (range.kind === "between") return `${Math.round(range.from)}-${Math.round(range.to)}`;
  return range.candles === undefined ? "newest" : `newest-${Math.round(range.candles)}`;
}

/** Reads a range; undefined for what isn't one. */
export function readRange(text: string): ViewRange | undefined {
  if (text === "newest") return NEWEST;
  const [, candles] = /^newest-(\d{1,6})$/.exec(text) ?? [];
  if (candles !== undefined) {
    const count = Number(candles);
    return count >= 1 && count <= MOST_CANDLES ? { kind: "newest", candles: count } : undefined;
  }
  const [, first, second] = /^(\d{12,13})-(\d{12,13})$/.exec(text) ?? [];
  const [from, to] = [Number(first), Number(second)];
  return isMoment(from) && from < to && isMoment(to) ? { kind: "between", from, to } : undefined;
}

/** Points of the chart, oldest first. */
type Points = readonly { readonly time: Time }[];

/** The moment at a position, which counts the chart's points and may lie between two or beyond them; there must be one. */
export function momentAt(points: Points, position: number, candleMs: number): number {
  const at = Math.min(points.length - 1, Math.max(0, Math.floor(position)));
  return momentOf(points, at) + (position - at) * candleMs;
}

/** The position of a moment: the inverse of {@link momentAt}. In a gap that is left out, it is just before the gap's end. */
export function positionAt(points: Points, moment: number, candleMs: number): number {
  let [low, high] = [0, points.length];
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if (momentOf(points, middle) <= moment) low = middle;
    else high = middle;
  }
  const beyond = (moment - momentOf(points, low)) / candleMs;
  return low + (high < points.length ? Math.min(1, beyond) : beyond);
}

function momentOf(points: Points, at: number): number {
  return Number(points[at]?.time) * 1_000;
}
