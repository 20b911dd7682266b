import {
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  LineSeries,
  LineStyle,
  type LineWidth,
  type UTCTimestamp,
} from "lightweight-charts";
import { priceText } from "../text/price.ts";
import type { ChartColors } from "./chart-colors.ts";
import { type ChartPoint, type Klines, secondsOf } from "./chart-points.ts";
import { type Study, type StudyLine, type StudyResult, valueDecimals } from "./studies.ts";

/** Height of a study's own pane, relative to the candles' pane. */
const PANE_SHARE = 0.24;

/** One study in the chart: its lines over the candles, or in a pane of its own. */
export class StudyLines {
  readonly #chart: IChartApi;
  readonly #lines: readonly {
    readonly line: StudyLine;
    readonly series: ISeriesApi<"Histogram" | "Line">;
  }[];

  readonly #study: Study;

  /** `color` is that of the study's lines over the candles; panes have the chart's own. */
  constructor(chart: IChartApi, { study }: StudyResult, color: string, colors: ChartColors) {
    this.#chart = chart;
    this.#study = study;
    const pane = study.place === "candles" ? 0 : chart.panes().length;
    this.#lines = study.lines.map((line) => {
      const kind = line.shape === "histogram" ? HistogramSeries : LineSeries;
      const series = chart.addSeries(
        kind,
        { priceLineVisible: false, lastValueVisible: pane > 0 && line.shape === "line" },
        pane,
      );
      return { line, series };
    });
    if (pane > 0) chart.panes()[pane]?.setStretchFactor(PANE_SHARE);
    for (const price of study.levels) {
      this.#lines[0]?.series.createPriceLine({
        price,
        color: colors.cross,
        lineWidth: 1,
        lineStyle: LineStyle.Dashed,
        axisLabelVisible: false,
      });
    }
    this.recolor(color, colors);
  }

  recolor(color: string, colors: ChartColors): void {
    for (const { line, series } of this.#lines) {
      if (line.shape === "histogram") series.applyOptions({ color: colors.histogram });
      else {
        const isFaint = line.shape === "faint line";
        series.applyOptions({
          color: isFaint ? colors.text : color,
          lineWidth: (isFaint ? 1 : 1.5) as LineWidth,
          lineStyle: isFaint ? LineStyle.Dotted : LineStyle.Solid,
          crosshairMarkerVisible: false,
        });
      }
    }
  }

  /** The digits behind the point of its values, of which most are prices. */
  format(priceDecimals: number): void {
    const decimals = valueDecimals(this.#study, priceDecimals);
    const formatter = (value: number): string => priceText(value, decimals);
    for (const { series } of this.#lines) {
      series.applyOptions({ priceFormat: { type: "custom", formatter, minMove: 10 ** -decimals } });
    }
  }

  /** All values; `points` are the klines with empty places between them, where the lines are broken. */
  show(points: readonly ChartPoint[], { values }: StudyResult): void {
    for (const [at, { series }] of this.#lines.entries()) {
      let position = -1;
      series.setData(
        points.map((point) => {
          if (!("close" in point)) return { time: secondsOf(point) };
          position += 1;
          return dataOf(secondsOf(point), values[at]?.[position]);
        }),
      );
    }
  }

  /** The values of the last klines, which changed or are new. */
  update(fresh: Klines, { values }: StudyResult): void {
    for (const [at, { series }] of this.#lines.entries()) {
      const column = values[at] ?? new Float64Array();
      for (const [position, kline] of fresh.entries()) {
        series.update(dataOf(secondsOf(kline), column[column.length - fresh.length + position]));
      }
    }
  }

  remove(): void {
    for (const { series } of this.#lines) this.#chart.removeSeries(series);
  }
}

/** Before an indicator is warm there is no value: the place stays empty. */
function dataOf(time: UTCTimestamp, value: number | undefined): { time: UTCTimestamp; value?: number } {
  return value === undefined || Number.isNaN(value) ? { time } : { time, value };
}
