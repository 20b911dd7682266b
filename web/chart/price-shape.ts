import {
  AreaSeries,
  CandlestickSeries,
  type IChartApi,
  type ISeriesApi,
  LineSeries,
  type SeriesDataItemTypeMap,
  type SeriesPartialOptionsMap,
} from "lightweight-charts";
import type { Interval } from "../../src/core/mod.ts";
import type { ChartColors } from "./chart-colors.ts";
import type { ChartKind } from "./chart-kind.ts";
import { type ChartPoint, type Klines, secondsOf } from "./chart-points.ts";
import { heikinAshi, type Prices } from "./heikin-ashi.ts";

/** Each kind of shape as a series of the library. */
type Shape = "Candlestick" | "Line" | "Area";

/**
 * The price drawn in another way than as its real candles. Those stay below it, without colour: the price's label, marks and
 * drawings belong to them, so they are the same in each kind of chart.
 */
export class PriceShape {
  readonly #chart: IChartApi;
  readonly #kind: Exclude<ChartKind, "candles">;
  readonly #series: ISeriesApi<Shape>;
  /** The Heikin Ashi candles that are drawn, by open time. */
  readonly #smooth: Map<number, Prices> = new Map();

  constructor(chart: IChartApi, kind: Exclude<ChartKind, "candles">, colors: ChartColors) {
    this.#chart = chart;
    this.#kind = kind;
    const types = { "heikin-ashi": CandlestickSeries, line: LineSeries, area: AreaSeries } as const;
    this.#series = chart.addSeries(types[kind], { lastValueVisible: false, priceLineVisible: false });
    // Above the real candles and the volume, below the indicators.
    this.#series.setSeriesOrder(2);
    this.recolor(colors);
  }

  recolor({ up, down, accent, area }: ChartColors): void {
    const options: { [Kind in Exclude<ChartKind, "candles">]: SeriesPartialOptionsMap[Shape] } = {
      "heikin-ashi": { upColor: up, downColor: down, wickUpColor: up, wickDownColor: down, borderVisible: false },
      line: { color: accent, lineWidth: 2 },
      area: { lineColor: accent, topColor: area, bottomColor: "transparent", lineWidth: 2 },
    };
    this.#series.applyOptions(options[this.#kind]);
  }

  /** All points; the places without a kline stay empty. */
  show(points: readonly ChartPoint[], interval: Interval): void {
    this.#smooth.clear();
    const klines = points.filter((point) => "close" in point);
    const drawn = new Map(this.#drawn(klines, interval, undefined).map((data) => [data.time, data]));
    this.#series.setData(points.map((point) => drawn.get(secondsOf(point)) ?? { time: secondsOf(point) }));
  }

  /** The last klines, which changed or are new; `before` is the one that precedes them. */
  update(fresh: Klines, interval: Interval, before: Prices | undefined): void {
    const first = before === undefined ? undefined : this.#smooth.get(before.openTime);
    for (const data of this.#drawn(fresh, interval, first)) this.#series.update(data);
  }

  remove(): void {
    this.#chart.removeSeries(this.#series);
  }

  #drawn(klines: Klines, interval: Interval, before: Prices | undefined): SeriesDataItemTypeMap[Shape][] {
    if (this.#kind !== "heikin-ashi") {
      return klines.map((kline) => ({ time: secondsOf(kline), value: kline.close }));
    }
    return heikinAshi(klines, interval, before).map((candle) => {
      this.#smooth.set(candle.openTime, candle);
      const { open, high, low, close } = candle;
      return { time: secondsOf(candle), open, high, low, close };
    });
  }
}
