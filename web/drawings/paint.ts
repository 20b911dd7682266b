import type { Point } from "../chart/chart-plane.ts";
import type { LayerColors } from "./drawing-colors.ts";
import type { Line, Shape } from "./shapes.ts";

const LINE_PX = 2;
const HANDLE_PX = 5;
const FILL_OPACITY = 0.12;
const ARROW_PX = 6;
const RIM_PX = 4;

/** How a shape is painted. */
export interface PaintStyle {
  readonly colors: LayerColors;
  readonly isSelected: boolean;
  /** A price in words. */
  readonly price: (value: number) => string;
}

/** Paints a drawing; a selected one has its handles. */
export function paintShape(
  context: CanvasRenderingContext2D,
  shape: Shape,
  { colors, isSelected, price }: PaintStyle,
): void {
  const color = colors.drawings[shape.drawing.color];
  context.lineWidth = LINE_PX;
  context.strokeStyle = color;
  context.fillStyle = color;
  if (shape.fill !== undefined) fillBox(context, ...shape.fill);
  for (const line of shape.lines) {
    if (line.isDashed) context.setLineDash([4, 4]);
    stroke(context, line);
    context.setLineDash([]);
    if (line.label !== undefined) {
      paintText(context, `${line.label.level}  ${price(line.label.price)}`, line.from, colors);
    }
  }
  if (isSelected) for (const handle of shape.handles) paintHandle(context, handle, colors.ground);
}

/** Paints what is measured: a box from one point to the other, with an arrow each for the price and for the time. */
export function paintMeasure(
  context: CanvasRenderingContext2D,
  from: Point,
  to: Point,
  { up, down }: LayerColors,
): void {
  context.lineWidth = 1;
  context.strokeStyle = to.y <= from.y ? up : down;
  context.fillStyle = context.strokeStyle;
  fillBox(context, from, to);
  const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  arrow(context, { x: middle.x, y: from.y }, { x: middle.x, y: to.y });
  arrow(context, { x: from.x, y: middle.y }, { x: to.x, y: middle.y });
}

function fillBox(context: CanvasRenderingContext2D, a: Point, b: Point): void {
  context.globalAlpha = FILL_OPACITY;
  context.fillRect(a.x, a.y, b.x - a.x, b.y - a.y);
  context.globalAlpha = 1;
}

function stroke(context: CanvasRenderingContext2D, { from, to }: Line): void {
  context.beginPath();
  context.moveTo(from.x, from.y);
  context.lineTo(to.x, to.y);
  context.stroke();
}

/** Writes above a line's left end, with a rim of the ground's colour: candles may be behind it. */
function paintText(context: CanvasRenderingContext2D, text: string, { x, y }: Point, colors: LayerColors): void {
  const color = context.strokeStyle;
  context.font = `11px ${colors.font}`;
  context.textBaseline = "bottom";
  context.lineWidth = RIM_PX;
  context.lineJoin = "round";
  context.strokeStyle = colors.ground;
  context.strokeText(text, x + 2, y - 2);
  context.fillText(text, x + 2, y - 2);
  context.lineWidth = LINE_PX;
  context.strokeStyle = color;
}

function arrow(context: CanvasRenderingContext2D, from: Point, to: Point): void {
  const angle = Math.atan2(to.y - from.y, to.x - from.x);
  const tip = (turn: number): Point => ({
    x: to.x - ARROW_PX * Math.cos(angle + turn),
    y: to.y - ARROW_PX * Math.sin(angle + turn),
  });
  if (Math.hypot(to.x - from.x, to.y - from.y) < ARROW_PX) return;
  stroke(context, { from, to });
  stroke(context, { from: tip(0.5), to });
  stroke(context, { from: tip(-0.5), to });
}

function paintHandle(context: CanvasRenderingContext2D, { x, y }: Point, ground: string): void {
  const color = context.fillStyle;
  context.beginPath();
  context.arc(x, y, HANDLE_PX, 0, 2 * Math.PI);
  context.fillStyle = ground;
  context.fill();
  context.stroke();
  context.fillStyle = color;
}
