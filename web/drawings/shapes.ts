import { type ChartPlane, type PlaneBox, type Point, pointOf } from "../chart/chart-plane.ts";
import type { ChartDrawing } from "./drawing.ts";
import { percentLevels } from "./fibonacci.ts";

/** A straight line between two points, perhaps with words at its left end. */
export interface Line {
  readonly from: Point;
  readonly to: Point;
  readonly label?: { readonly level: string; readonly price: number };
  readonly isDashed?: boolean;
}

/** A drawing where it is now, in pixels. */
export interface Shape {
  readonly drawing: ChartDrawing;
  readonly lines: readonly Line[];
  /** A filled box between two opposite corners. */
  readonly fill: readonly [Point, Point] | undefined;
  /** One for each anchor, to move it alone. */
  readonly handles: readonly Point[];
}

/** What of a shape is at a point: a handle moves its anchor, the rest moves the whole. */
export type Hit = { readonly part: "handle"; readonly anchor: number } | { readonly part: "line" | "fill" };

/** How high the words at a line are, in CSS pixels. */
const LABEL_PX = 12;

/** A drawing in pixels; undefined where the chart has no candles or no scale for it. */
export function shapeOf(drawing: ChartDrawing, plane: ChartPlane): Shape | undefined {
  const points = drawing.anchors.map((anchor) => pointOf(anchor, plane));
  const [a, b] = points;
  if (a === undefined || points.includes(undefined)) return undefined;
  const handles = points as readonly Point[];
  switch (drawing.kind) {
    case "price-line":
      return {
        drawing,
        lines: [{ from: { x: 0, y: a.y }, to: { x: plane.box.width, y: a.y } }],
        fill: undefined,
        handles,
      };
    case "trend-line":
      return b === undefined ? undefined : { drawing, lines: [{ from: a, to: b }], fill: undefined, handles };
    case "rectangle":
      return b === undefined ? undefined : { drawing, lines: edgesOf(a, b), fill: [a, b], handles };
    case "fibonacci":
      return b === undefined ? undefined : { drawing, lines: levelsOf(drawing, a, b, plane), fill: undefined, handles };
  }
}

/** Whether any of a shape may be in sight. */
export function isInSight({ lines, handles }: Shape, { width, height }: PlaneBox): boolean {
  const points = [...lines.flatMap(({ from, to }) => [from, to]), ...handles];
  const [xs, ys] = [points.map(({ x }) => x), points.map(({ y }) => y)];
  return Math.max(...xs) >= 0 && Math.min(...xs) <= width && Math.max(...ys) >= 0 && Math.min(...ys) <= height;
}

/** What of a shape is within `reach` pixels of a point. */
export function hitOf(shape: Shape, point: Point, reach: number): Hit | undefined {
  const anchor = shape.handles.findIndex((handle) => Math.hypot(handle.x - point.x, handle.y - point.y) <= reach);
  // A horizontal line has no handle: it moves as a whole.
  if (anchor >= 0 && shape.drawing.kind !== "price-line") return { part: "handle", anchor };
  if (shape.lines.some((line) => distanceTo(line, point) <= reach)) return { part: "line" };
  return shape.fill !== undefined && isBetween(shape.fill, point) ? { part: "fill" } : undefined;
}

function edgesOf(a: Point, b: Point): Line[] {
  const corners = [a, { x: b.x, y: a.y }, b, { x: a.x, y: b.y }];
  return corners.map((from, at) => ({ from, to: corners[(at + 1) % 4] ?? a }));
}

/** The levels, and the move that they divide. */
function levelsOf({ anchors }: ChartDrawing, a: Point, b: Point, plane: ChartPlane): Line[] {
  const [first, second] = anchors;
  if (first === undefined || second === undefined) return [];
  const [left, right] = [Math.min(a.x, b.x), Math.max(a.x, b.x)];
  const lines: Line[] = [];
  let labelledY = Number.POSITIVE_INFINITY;
  for (const { level, price } of percentLevels(first.price, second.price)) {
    const y = plane.yOf(price);
    if (y === undefined) continue;
    // Where levels are nearer than their words are high, some go without.
    const isLabelled = Math.abs(y - labelledY) >= LABEL_PX;
    if (isLabelled) labelledY = y;
    lines.push({ from: { x: left, y }, to: { x: right, y }, ...(isLabelled ? { label: { level, price } } : {}) });
  }
  return [...lines, { from: a, to: b, isDashed: true }];
}

function isBetween([a, b]: readonly [Point, Point], { x, y }: Point): boolean {
  return (a.x - x) * (b.x - x) <= 0 && (a.y - y) * (b.y - y) <= 0;
}

function distanceTo({ from, to }: Line, { x, y }: Point): number {
  const [dx, dy] = [to.x - from.x, to.y - from.y];
  const length = dx * dx + dy * dy;
  const share = length === 0 ? 0 : Math.min(1, Math.max(0, ((x - from.x) * dx + (y - from.y) * dy) / length));
  return Math.hypot(from.x + share * dx - x, from.y + share * dy - y);
}
