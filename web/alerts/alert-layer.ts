import type {
  IPrimitivePaneView,
  ISeriesPrimitive,
  ISeriesPrimitiveAxisView,
  SeriesAttachedParameter,
  Time,
} from "lightweight-charts";
import type { PriceAlert } from "../../src/wire/mod.ts";
import type { ChartPlane } from "../chart/chart-plane.ts";
import { priceText } from "../text/price.ts";

/** The colours of alerts on a chart. */
export interface AlertColors {
  readonly line: string;
  /** Of the figure on the price scale. */
  readonly ground: string;
}

/** Reads the colours that are in force now. */
export function layerColors(): AlertColors {
  // A property's own value would be "light-dark(…)"; what comes of it where it is used is a colour.
  const probe = document.body.appendChild(document.createElement("i"));
  const color = (name: string): string => {
    probe.style.color = `var(--${name})`;
    return getComputedStyle(probe).color;
  };
  const colors = { line: color("amber"), ground: color("panel") };
  probe.remove();
  return colors;
}

/** The canvas as the library lends it. */
type Target = Parameters<NonNullable<ReturnType<IPrimitivePaneView["renderer"]>>["draw"]>[0];

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
    if (condition.kind === "level") {
      const y = this.#plane.yOf(condition.level);
      if (y !== undefined) dashed(context, { x: 0, y }, { x: width, y });
      return;
    }
    if (condition.kind !== "line") return;
    const [from, to] = [this.#pointOf(condition.from), this.#pointOf(condition.to)];
    if (from === undefined || to === undefined || from.x === to.x) return;
    const right = condition.extended ? Math.max(width, to.x) : to.x;
    // On a linear scale of prices: on a logarithmic one the alert's line is bent, and this is about where it is.
    dashed(context, from, { x: right, y: from.y + ((to.y - from.y) * (right - from.x)) / (to.x - from.x) });
  }

  #paintFired(context: CanvasRenderingContext2D, { lastEvent }: PriceAlert): void {
    const point = lastEvent === null ? undefined : this.#pointOf({ time: lastEvent.openTime, price: lastEvent.price });
    if (point === undefined) return;
    context.setLineDash([]);
    context.beginPath();
    context.arc(point.x, point.y, 5, 0, 2 * Math.PI);
    context.stroke();
  }

  #pointOf({ time, price }: { readonly time: number; readonly price: number }): { x: number; y: number } | undefined {
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
function dashed(context: CanvasRenderingContext2D, from: Point, to: Point): void {
  context.setLineDash([2, 4]);
  context.beginPath();
  context.moveTo(from.x, Math.round(from.y) + 0.5);
  context.lineTo(to.x, Math.round(to.y) + 0.5);
  context.stroke();
  context.setLineDash([]);
  context.save();
  context.translate(Math.max(6, from.x + 6), from.y - 14);
  context.stroke(new Path2D(BELL));
  context.restore();
}
