import {
  CandlestickSeries,
  ColorType,
  CrosshairMode,
  createChart,
  createTextWatermark,
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  type ITextWatermarkPluginApi,
  type Time,
  type UTCTimestamp,
} from "lightweight-charts";
import type { Interval, Kline } from "../../src/core/mod.ts";
import { priceText } from "../text/price.ts";
import type { ChartColors } from "./chart-colors.ts";
import { type ChartPoint, chartPoints, type Klines, newPoints } from "./chart-points.ts";

/** Candles with their volume below, in lightweight-charts. Its logo stays on: the licence asks for it. */
export class CandleChart {
  readonly #chart: IChartApi;
  readonly #candles: ISeriesApi<"Candlestick">;
  readonly #volumes: ISeriesApi<"Histogram">;
  readonly #watermark: ITextWatermarkPluginApi<Time>;
  #colors: ChartColors;
  #markText = "";
  #series = "";
  #decimals = -1;
  #klines: Klines = [];
  #byTime: Map<number, Kline> = new Map();

  constructor(element: HTMLElement, colors: ChartColors, onPointed: (kline: Kline | undefined) => void) {
    this.#colors = colors;
    this.#chart = createChart(element, {
      autoSize: true,
      crosshair: { mode: CrosshairMode.Normal },
      timeScale: { timeVisible: true, rightOffset: 4, barSpacing: 7, minBarSpacing: 1 },
    });
    this.#candles = this.#chart.addSeries(CandlestickSeries, { borderVisible: false });
    this.#candles.priceScale().applyOptions({ scaleMargins: { top: 0.08, bottom: 0.24 } });
    this.#volumes = this.#chart.addSeries(HistogramSeries, {
      priceScaleId: "",
      priceFormat: { type: "volume" },
      lastValueVisible: false,
      priceLineVisible: false,
    });
    this.#volumes.priceScale().applyOptions({ scaleMargins: { top: 0.84, bottom: 0 } });
    const pane = this.#chart.panes()[0];
    if (pane === undefined) throw new Error("lightweight-charts makes a chart with one pane");
    this.#watermark = createTextWatermark(pane, { horzAlign: "center", vertAlign: "center", lines: [] });
    this.#chart.subscribeCrosshairMove(({ time }) =>
      onPointed(typeof time === "number" ? this.#byTime.get(time) : undefined),
    );
    this.recolor(colors);
  }

  /** Draws the klines: what changed since the last call, or all of another series. */
  show(klines: Klines, series: string, interval: Interval, decimals: number): void {
    const isOther = series !== this.#series;
    const fresh = isOther ? undefined : newPoints(this.#klines, klines, interval);
    this.#format(decimals);
    this.#klines = klines;
    this.#series = series;
    if (fresh === undefined) this.#drawAll(interval);
    else for (const kline of fresh) this.#drawOne(kline);
    if (isOther) this.#chart.timeScale().resetTimeScale();
  }

  /** Writes a word behind the candles, so that a picture of a made-up market says that it is one. */
  mark(text: string): void {
    this.#markText = text;
    const lines = text === "" ? [] : [{ text, color: this.#colors.mark, fontSize: 40, fontFamily: this.#colors.font }];
    this.#watermark.applyOptions({ lines });
  }

  recolor(colors: ChartColors): void {
    this.#colors = colors;
    const { text, line, cross, up, down, font } = colors;
    this.#chart.applyOptions({
      layout: { background: { type: ColorType.Solid, color: "transparent" }, textColor: text, fontFamily: font },
      grid: { vertLines: { color: line }, horzLines: { color: line } },
      crosshair: {
        vertLine: { color: cross, labelBackgroundColor: cross },
        horzLine: { color: cross, labelBackgroundColor: cross },
      },
      rightPriceScale: { borderColor: line },
      timeScale: { borderColor: line },
    });
    this.#candles.applyOptions({ upColor: up, downColor: down, wickUpColor: up, wickDownColor: down });
    this.#volumes.setData(this.#klines.map((kline) => this.#volume(kline)));
    this.mark(this.#markText);
  }

  remove(): void {
    this.#chart.remove();
  }

  #drawAll(interval: Interval): void {
    const points = chartPoints(this.#klines, interval);
    this.#candles.setData(points.map((point) => candle(point)));
    this.#volumes.setData(this.#klines.map((kline) => this.#volume(kline)));
    this.#byTime = new Map(this.#klines.map((kline) => [seconds(kline), kline]));
  }

  #drawOne(kline: Kline): void {
    this.#candles.update(candle(kline));
    this.#volumes.update(this.#volume(kline));
    this.#byTime.set(seconds(kline), kline);
  }

  #volume(kline: Kline): { time: UTCTimestamp; value: number; color: string } {
    const color = kline.close >= kline.open ? this.#colors.upVolume : this.#colors.downVolume;
    return { time: seconds(kline), value: kline.volume, color };
  }

  #format(decimals: number): void {
    if (decimals === this.#decimals) return;
    this.#decimals = decimals;
    const formatter = (price: number): string => priceText(price, decimals);
    this.#candles.applyOptions({ priceFormat: { type: "custom", formatter, minMove: 10 ** -decimals } });
  }
}

function candle(point: ChartPoint): { time: UTCTimestamp } {
  if (!("close" in point)) return { time: seconds(point) };
  const { open, high, low, close } = point;
  return { time: seconds(point), open, high, low, close } as { time: UTCTimestamp };
}

function seconds({ openTime }: { openTime: number }): UTCTimestamp {
  return (openTime / 1_000) as UTCTimestamp;
}
