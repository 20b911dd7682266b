import type {
  IPrimitivePaneView,
  ISeriesPrimitive,
  ISeriesPrimitiveAxisView,
  SeriesAttachedParameter,
  Time,
} from "lightweight-charts";
import type { UnixMs } from "../../src/core/mod.ts";
import type { AlertCondition, PriceAlert } from "../../src/wire/mod.ts";
import type { ChartPlane } from "../chart/chart-plane.ts";
import { readColors } from "../shell/read-colors.ts";
import { priceText } from "../text/price.ts";
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

/** The canvas as the library lends it. */
type Target = Parameters<NonNullable<ReturnType<IPrimitivePaneView["renderer"]>>["draw"]>[0];

/** A line is drawn in so many pieces across the chart. */
const LINE_STEPS = 64;

/** The bell: lines in a box of 12 × 12. */
const BELL = "M6 1.5a3 3 0 0 1 3 3c0 2.5 1.2 3.7 1.2 3.7H1.8S3 7 3 4.5a3 3 0 0 1 3-3zM4.8 10.2h2.4";

/** Active price alerts as thin dashed lines with a bell, and a ring where one fired last. */
export class AlertLayer implements ISeriesPrimitive<Time> {
  readonly #plane: ChartPlane;
  readonly #views: readonly IPrimitivePaneView[] = [
    { zOrder: () => "normal", renderer: () => ({ draw: (target) => this.#paint(target) }) },
  ];
  #requestUpdate: (() => void) | undefined;
  #alerts: readonly PriceAlert[] = [];
  #labels: readonly ISeriesPrimitiveAxisView[] = [];
  #colors: AlertColors;

  constructor(plane: ChartPlane, colors: AlertColors) {
    this.#plane = plane;
    this.#colors = colors;
  }

  show(alerts: readonly PriceAlert[]): void {
    this.#alerts = alerts;
    this.#labels = alerts.flatMap(({ state, condition }) =>
      state === "active" && condition.kind === "level" ? [this.#labelOf(condition.level)] : [],
    );
    this.#requestUpdate?.();
  }

  recolor(colors: AlertColors): void {
    this.#colors = colors;
    this.#requestUpdate?.();
  }

  attached({ requestUpdate }: SeriesAttachedParameter<Time>): void {
    this.#requestUpdate = requestUpdate;
  }

  detached(): void {
    this.#requestUpdate = undefined;
  }

  paneViews(): readonly IPrimitivePaneView[] {
    return this.#views;
  }

  priceAxisViews(): readonly ISeriesPrimitiveAxisView[] {
    return this.#labels;
  }

  /** A level's price on the scale. */
  #labelOf(level: number): ISeriesPrimitiveAxisView {
    return {
      coordinate: () => this.#plane.yOf(level) ?? -1_000,
      text: () => priceText(level, this.#plane.series?.decimals ?? 2),
      textColor: () => this.#colors.ground,
      backColor: () => this.#colors.line,
    };
  }

  #paint(target: Target): void {
    target.useMediaCoordinateSpace(({ context }) => {
      context.save();
      context.strokeStyle = this.#colors.line;
      context.lineWidth = 1;
      for (const alert of this.#alerts) {
        if (alert.state === "active") this.#paintLine(context, alert);
        this.#paintFired(context, alert);
      }
      context.restore();
    });
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
    const point = lastEvent === null ? undefined : this.#pointOf({ time: lastEvent.openTime, price: lastEvent.price });
    if (point === undefined) return;
    context.setLineDash([]);
    context.beginPath();
    context.arc(point.x, point.y, 5, 0, 2 * Math.PI);
    context.stroke();
  }

  #pointOf({ time, price }: { readonly time: number; readonly price: number }): Point | undefined {
    const place = this.#plane.placeOf(time);
    const [x, y] = [place === undefined ? undefined : this.#plane.xOf(place), this.#plane.yOf(price)];
    return x === undefined || y === undefined ? undefined : { x, y };
  }
}

interface Point {
  readonly x: number;
  readonly y: number;
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
