import type {
  IPrimitivePaneView,
  ISeriesPrimitive,
  ISeriesPrimitiveAxisView,
  SeriesAttachedParameter,
  Time,
} from "lightweight-charts";
import { priceText } from "../text/price.ts";
import type { ChartPlane } from "./chart-plane.ts";

/** Something that is painted with the candles, for {@link ChartPlane.attach}. The library paints it once a frame at most, however often it changes. */
export abstract class ChartLayer implements ISeriesPrimitive<Time> {
  readonly #views: readonly IPrimitivePaneView[];
  #requestUpdate: (() => void) | undefined;

  /** `zOrder`: "top" is above the crosshair, "normal" is with the candles. */
  constructor(zOrder: "normal" | "top") {
    this.#views = [
      {
        zOrder: () => zOrder,
        renderer: () => ({
          draw: (target) => target.useMediaCoordinateSpace(({ context }) => this.paint(context)),
        }),
      },
    ];
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

  /** Labels on the price scale. */
  abstract priceAxisViews(): readonly ISeriesPrimitiveAxisView[];

  protected abstract paint(context: CanvasRenderingContext2D): void;

  /** Paints the layer again with the next frame. */
  protected changed(): void {
    this.#requestUpdate?.();
  }
}

/** A price's label on the scale. */
export function priceLabel(
  plane: ChartPlane,
  price: number,
  colors: { readonly text: string; readonly back: string },
): ISeriesPrimitiveAxisView {
  return {
    // Out of sight where the scale has no such price.
    coordinate: () => plane.yOf(price) ?? -1_000,
    text: () => planePriceText(plane, price),
    textColor: () => colors.text,
    backColor: () => colors.back,
  };
}

/** A price with the digits of the series that a plane shows. */
export function planePriceText(plane: ChartPlane, price: number): string {
  return priceText(price, plane.series?.decimals ?? 2);
}
