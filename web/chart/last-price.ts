import { type IPriceLine, type ISeriesApi, LineStyle } from "lightweight-charts";
import type { WireKline } from "../../src/wire/mod.ts";

/**
 * The newest price: a dashed line with its label on the scale. The library's own label is about the last candle in sight, but its line about the
 * last one of all, so that they disagree once somebody scrolls back (5.2.1: SeriesPriceAxisView asks lastValueData(false)).
 */
export class LastPrice {
  readonly #line: IPriceLine;
  #shown: number | undefined;

  constructor(candles: Pick<ISeriesApi<"Candlestick">, "applyOptions" | "createPriceLine">) {
    candles.applyOptions({ lastValueVisible: false, priceLineVisible: false });
    this.#line = candles.createPriceLine({
      price: 0,
      lineWidth: 1,
      lineStyle: LineStyle.Dashed,
      lineVisible: false,
      axisLabelVisible: false,
    });
  }

  /** The price that has a label; undefined for none. */
  get shown(): number | undefined {
    return this.#shown;
  }

  /** `newest` is undefined where the market's newest candle isn't among those that are drawn: then there is no line. */
  show(newest: Pick<WireKline, "open" | "close"> | undefined, { up, down }: { up: string; down: string }): void {
    const isVisible = newest !== undefined;
    this.#shown = newest?.close;
    this.#line.applyOptions({
      lineVisible: isVisible,
      axisLabelVisible: isVisible,
      ...(isVisible ? { price: newest.close, color: newest.close >= newest.open ? up : down } : {}),
    });
  }
}
