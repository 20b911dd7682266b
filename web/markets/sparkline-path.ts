import { type Interval, nextOpenTime } from "../../src/core/mod.ts";
import type { Sparkline } from "./sparklines.ts";

/** The size of the drawing, in its own units; the style sheet stretches it. */
export const SPARKLINE_WIDTH = 96;
export const SPARKLINE_HEIGHT = 20;

/** Room above and below, so that the line's own thickness isn't cut off. */
const MARGIN = 1.5;

/**
 * The line as an SVG path; the last point is where the price is now. Where candles are missing the line is broken, not
 * drawn across. Whole and half units only, so that a price that hardly moves gives the same text as before.
 */
export function sparklinePath({ interval, points }: Sparkline, price: number): string {
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined) return "";
  const closes = points.map((point) => (point === last ? price : point.close));
  const lowest = Math.min(...closes);
  const span = Math.max(...closes) - lowest;
  const length = Math.max(1, last.openTime - first.openTime);
  const at = (openTime: number, close: number): string => {
    const x = ((openTime - first.openTime) / length) * SPARKLINE_WIDTH;
    const height = span === 0 ? 0.5 : (close - lowest) / span;
    return `${half(x)} ${half(MARGIN + (1 - height) * (SPARKLINE_HEIGHT - 2 * MARGIN))}`;
  };
  return points
    .map(
      ({ openTime }, index) => `${joins(points, index, interval) ? "L" : "M"}${at(openTime, closes[index] ?? price)}`,
    )
    .join("");
}

/** Whether a point follows on the one before it. */
function joins(points: Sparkline["points"], index: number, interval: Interval): boolean {
  const [before, point] = [points[index - 1], points[index]];
  return before !== undefined && point !== undefined && nextOpenTime(interval, before.openTime) === point.openTime;
}

function half(value: number): number {
  return Math.round(2 * value) / 2;
}
