import type {
  IPrimitivePaneView,
  ISeriesPrimitive,
  ISeriesPrimitiveAxisView,
  PrimitiveHoveredItem,
  SeriesAttachedParameter,
  Time,
} from "lightweight-charts";
import type { ChartPlane } from "../chart/chart-plane.ts";
import { priceText } from "../text/price.ts";
import type { ChartDrawing } from "./drawing.ts";
import type { LayerColors } from "./drawing-colors.ts";
import type { Measure } from "./measure.ts";
import { paintMeasure, paintShape } from "./paint.ts";
import { isInSight, pointOf, type Shape, shapeOf } from "./shapes.ts";

/** The content of a layer. */
export interface LayerContent {
  readonly drawings: readonly ChartDrawing[];
  readonly selectedId: string | undefined;
  readonly measure: Measure | undefined;
}

/** The canvas as the library lends it. */
type Target = Parameters<NonNullable<ReturnType<IPrimitivePaneView["renderer"]>>["draw"]>[0];

/** Drawings over the candles. The library calls it once a frame at most, however often they move; what is out of sight isn't painted. */
export class DrawingLayer implements ISeriesPrimitive<Time> {
  readonly #plane: ChartPlane;
  readonly #cursorAt: (x: number, y: number) => string | undefined;
  readonly #views: readonly IPrimitivePaneView[] = [
    { zOrder: () => "top", renderer: () => ({ draw: (target) => this.#paint(target) }) },
  ];
  #requestUpdate: (() => void) | undefined;
  #content: LayerContent = { drawings: [], selectedId: undefined, measure: undefined };
  #colors: LayerColors;
  #labels: readonly PriceLabel[] = [];

  /** `cursorAt` is the pointer's form over a drawing. */
  constructor(plane: ChartPlane, colors: LayerColors, cursorAt: (x: number, y: number) => string | undefined) {
    this.#plane = plane;
    this.#colors = colors;
    this.#cursorAt = cursorAt;
  }

  show(content: LayerContent): void {
    this.#content = content;
    this.#label();
    this.#requestUpdate?.();
  }

  recolor(colors: LayerColors): void {
    this.#colors = colors;
    this.#label();
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

  hitTest(x: number, y: number): PrimitiveHoveredItem | null {
    const cursorStyle = this.#cursorAt(x, y);
    return cursorStyle === undefined ? null : { externalId: "drawing", zOrder: "top", cursorStyle };
  }

  #label(): void {
    const lines = this.#content.drawings.filter(({ kind }) => kind === "price-line");
    this.#labels = lines.map((line) => new PriceLabel(this.#plane, line, this.#colors));
  }

  #paint(target: Target): void {
    const { drawings, selectedId, measure } = this.#content;
    const plane = this.#plane;
    const shapes = drawings.flatMap((drawing): Shape[] => {
      const shape = shapeOf(drawing, plane);
      return shape !== undefined && isInSight(shape, plane.box) ? [shape] : [];
    });
    const [from, to] = [measure && pointOf(measure.from, plane), measure && pointOf(measure.to, plane)];
    const price = (value: number): string => priceText(value, plane.series?.decimals ?? 2);
    target.useMediaCoordinateSpace(({ context }) => {
      for (const shape of shapes) {
        paintShape(context, shape, { colors: this.#colors, isSelected: shape.drawing.id === selectedId, price });
      }
      if (from !== undefined && to !== undefined) paintMeasure(context, from, to, this.#colors);
    });
  }
}

/** A horizontal line's price on the scale. */
class PriceLabel implements ISeriesPrimitiveAxisView {
  readonly #plane: ChartPlane;
  readonly #drawing: ChartDrawing;
  readonly #colors: LayerColors;

  constructor(plane: ChartPlane, drawing: ChartDrawing, colors: LayerColors) {
    this.#plane = plane;
    this.#drawing = drawing;
    this.#colors = colors;
  }

  coordinate(): number {
    return this.#plane.yOf(this.#price) ?? -1_000;
  }

  text(): string {
    return priceText(this.#price, this.#plane.series?.decimals ?? 2);
  }

  textColor(): string {
    return this.#colors.ground;
  }

  backColor(): string {
    return this.#colors.drawings[this.#drawing.color];
  }

  get #price(): number {
    return this.#drawing.anchors[0]?.price ?? 0;
  }
}
