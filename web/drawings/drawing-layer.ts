import type { ISeriesPrimitiveAxisView, PrimitiveHoveredItem } from "lightweight-charts";
import { ChartLayer, planePriceText, priceLabel } from "../chart/chart-layer.ts";
import { type ChartPlane, pointOf } from "../chart/chart-plane.ts";
import type { ChartDrawing } from "./drawing.ts";
import type { LayerColors } from "./drawing-colors.ts";
import type { Measure } from "./measure.ts";
import { paintMeasure, paintShape } from "./paint.ts";
import { isInSight, type Shape, shapeOf } from "./shapes.ts";

/** The content of a layer. */
export interface LayerContent {
  readonly drawings: readonly ChartDrawing[];
  readonly selectedId: string | undefined;
  readonly measure: Measure | undefined;
}

/** Drawings over the candles. What is out of sight isn't painted. */
export class DrawingLayer extends ChartLayer {
  readonly #plane: ChartPlane;
  readonly #cursorAt: (x: number, y: number) => string | undefined;
  #content: LayerContent = { drawings: [], selectedId: undefined, measure: undefined };
  #colors: LayerColors;
  #labels: readonly ISeriesPrimitiveAxisView[] = [];

  /** `cursorAt` is the pointer's form over a drawing. */
  constructor(plane: ChartPlane, colors: LayerColors, cursorAt: (x: number, y: number) => string | undefined) {
    super("top");
    this.#plane = plane;
    this.#colors = colors;
    this.#cursorAt = cursorAt;
  }

  show(content: LayerContent): void {
    this.#content = content;
    this.#label();
    this.changed();
  }

  recolor(colors: LayerColors): void {
    this.#colors = colors;
    this.#label();
    this.changed();
  }

  override priceAxisViews(): readonly ISeriesPrimitiveAxisView[] {
    return this.#labels;
  }

  hitTest(x: number, y: number): PrimitiveHoveredItem | null {
    const cursorStyle = this.#cursorAt(x, y);
    return cursorStyle === undefined ? null : { externalId: "drawing", zOrder: "top", cursorStyle };
  }

  #label(): void {
    const lines = this.#content.drawings.filter(({ kind }) => kind === "price-line");
    const { ground: text, drawings } = this.#colors;
    this.#labels = lines.map(({ anchors, color }) =>
      priceLabel(this.#plane, anchors[0]?.price ?? 0, { text, back: drawings[color] }),
    );
  }

  protected override paint(context: CanvasRenderingContext2D): void {
    const { drawings, selectedId, measure } = this.#content;
    const plane = this.#plane;
    const shapes = drawings.flatMap((drawing): Shape[] => {
      const shape = shapeOf(drawing, plane);
      return shape !== undefined && isInSight(shape, plane.box) ? [shape] : [];
    });
    const [from, to] = [measure && pointOf(measure.from, plane), measure && pointOf(measure.to, plane)];
    const price = (value: number): string => planePriceText(plane, value);
    for (const shape of shapes) {
      paintShape(context, shape, { colors: this.#colors, isSelected: shape.drawing.id === selectedId, price });
    }
    if (from !== undefined && to !== undefined) paintMeasure(context, from, to, this.#colors);
  }
}
