import type { ISeriesPrimitive, Time } from "lightweight-charts";
import type { ChartChoice } from "./chart-route.ts";

/** The series that a plane shows. */
export interface PlaneSeries extends ChartChoice {
  /** Digits behind the point of its prices. */
  readonly decimals: number;
}

/** A box in CSS pixels, from the top left corner of the chart's element. */
export interface PlaneBox {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** A point of the pane, in CSS pixels from its top left corner. */
export interface Point {
  readonly x: number;
  readonly y: number;
}

/**
 * The pane with the candles as a plane: moments and prices, and the pixels where they are drawn. What is laid over the candles
 * knows the chart by this alone. Pixels are CSS pixels from the pane's top left corner. Places are candles on the time scale: whole
 * numbers at candles, fractions between them, and they go on before the first and after the last candle.
 */
export interface ChartPlane {
  /** Undefined before the first series is shown. */
  readonly series: PlaneSeries | undefined;
  readonly box: PlaneBox;
  /** The following are undefined where there are no candles, or, for prices, where the scale has none. */
  placeOf(time: number): number | undefined;
  timeAt(place: number): number | undefined;
  xOf(place: number): number | undefined;
  placeAt(x: number): number | undefined;
  yOf(price: number): number | undefined;
  priceAt(y: number): number | undefined;
  /** Draws a layer over the candles from now on. Gives back what takes it away. */
  attach(layer: ISeriesPrimitive<Time>): () => void;
}

/** Where a price is at a moment, in Unix milliseconds; undefined where the chart has no candles or no scale for it. */
export function pointOf(
  { time, price }: { readonly time: number; readonly price: number },
  plane: ChartPlane,
): Point | undefined {
  const place = plane.placeOf(time);
  const x = place === undefined ? undefined : plane.xOf(place);
  const y = plane.yOf(price);
  return x === undefined || y === undefined ? undefined : { x, y };
}
