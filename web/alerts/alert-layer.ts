import type { ISeriesPrimitiveAxisView } from "lightweight-charts";
import type { UnixMs } from "../../src/core/mod.ts";
import type { AlertCondition, PriceAlert } from "../../src/wire/mod.ts";
import { ChartLayer, priceLabel } from "../chart/chart-layer.ts";
import { type ChartPlane, type Point, pointOf } from "../chart/chart-plane.ts";
import { readColors } from "../shell/read-colors.ts";
import { levelAt } from "./alert-level.ts";

/** The colours of alerts on a chart. */
export interface AlertColors {
  readonly line: string;
  /** Of the figure on the price scale. */
  readonly ground: string;
}

/** Reads the colours that are in force now. */
export function alertColors(): AlertColors {
  return readColors((color) => ({ line: color("amber"), ground: color("panel") }));
}

/** A line is drawn in so many pieces across the chart. */
const LINE_STEPS = 64;

/** The bell: lines in a box of 12 × 12. */
const BELL = "M6 1.5a3 3 0 0 1 3 3c0 2.5 1.2 3.7 1.2 3.7H1.8S3 7 3 4.5a3 3 0 0 1 3-3zM4.8 10.2h2.4";

/** Active price alerts as thin dashed lines with a bell, and a ring where one fired last. */
export class AlertLayer extends ChartLayer {
  readonly #plane: ChartPlane;
  #alerts: readonly PriceAlert[] = [];
  #labels: readonly ISeriesPrimitiveAxisView[] = [];
  #colors: AlertColors;

  constructor(plane: ChartPlane, colors: AlertColors) {
    super("normal");
    this.#plane = plane;
    this.#colors = colors;
  }

  show(alerts: readonly PriceAlert[]): void {
    this.#alerts = alerts;
    this.#label();
    this.changed();
  }

  recolor(colors: AlertColors): void {
    this.#colors = colors;
    this.#label();
    this.changed();
  }

  override priceAxisViews(): readonly ISeriesPrimitiveAxisView[] {
    return this.#labels;
  }

  #label(): void {
    const { ground: text, line: back } = this.#colors;
    this.#labels = this.#alerts.flatMap(({ state, condition }) =>
      state === "active" && condition.kind === "level"
        ? [priceLabel(this.#plane, condition.level, { text, back })]
        : [],
    );
  }

  protected override paint(context: CanvasRenderingContext2D): void {
    context.save();
    context.strokeStyle = this.#colors.line;
    context.lineWidth = 1;
    for (const alert of this.#alerts) {
      if (alert.state === "active") this.#paintLine(context, alert);
      this.#paintFired(context, alert);
    }
    context.restore();
  }

  #paintLine(context: CanvasRenderingContext2D, { condition }: PriceAlert): void {
    const { width } = this.#plane.box;
    // A level is straight everywhere. A line is straight in time and price, and so bent on a logarithmic scale.
    const steps = condition.kind === "level" ? 1 : LINE_STEPS;
    const points = Array.from({ length: steps + 1 }, (_, at) => this.#pointAt(condition, (width * at) / steps));
    dashed(
      context,
      points.filter((point) => point !== undefined),
    );
  }

  /** Where a condition's price is at a pixel; undefined where it has none. */
  #pointAt(condition: AlertCondition, x: number): Point | undefined {
    const place = this.#plane.placeAt(x);
    const time = place === undefined ? undefined : this.#plane.timeAt(place);
    const level = time === undefined ? undefined : levelAt(condition, time as UnixMs);
    const y = level === undefined ? undefined : this.#plane.yOf(level);
    return y === undefined ? undefined : { x, y };
  }

  #paintFired(context: CanvasRenderingContext2D, { lastEvent }: PriceAlert): void {
    const fired = lastEvent === null ? undefined : { time: lastEvent.openTime, price: lastEvent.price };
    const point = fired && pointOf(fired, this.#plane);
    if (point === undefined) return;
    context.setLineDash([]);
    context.beginPath();
    context.arc(point.x, point.y, 5, 0, 2 * Math.PI);
    context.stroke();
  }
}

/** A dashed line with a bell where it begins in sight. */
function dashed(context: CanvasRenderingContext2D, points: readonly Point[]): void {
  const [first, ...others] = points;
  if (first === undefined) return;
  context.setLineDash([2, 4]);
  context.beginPath();
  context.moveTo(first.x, Math.round(first.y) + 0.5);
  for (const { x, y } of others) context.lineTo(x, y === first.y ? Math.round(y) + 0.5 : y);
  context.stroke();
  context.setLineDash([]);
  context.save();
  context.translate(first.x + 6, first.y - 14);
  context.stroke(new Path2D(BELL));
  context.restore();
}
