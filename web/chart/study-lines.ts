import {
  HistogramSeries,
  type IChartApi,
  type ISeriesApi,
  LineSeries,
  LineStyle,
  type LineWidth,
  type UTCTimestamp,
} from "lightweight-charts";
import type { DrawnLine } from "../../src/strategy/mod.ts";
import type { ChartColors } from "./chart-colors.ts";
import { type ChartPoint, type Klines, secondsOf } from "./chart-points.ts";
import { type ChosenStudy, drawnValues, type StudyResult, type StudyWidth, valueText } from "./studies.ts";

import { tickTexts } from "./tick-texts.ts";

/** Height of a study's own pane, relative to the candles' pane. */
const PANE_SHARE = 0.24;

/** The widths of lines, in CSS pixels. The library's type knows whole ones only. */
const WIDTHS_PX: Readonly<Record<StudyWidth, LineWidth>> = { 1: 1, 2: 1.5 as LineWidth, 3: 3 };

/** Radius of a crossing's dots, in CSS pixels, by the study's width. */
const DOTS_PX: Readonly<Record<StudyWidth, number>> = { 1: 3, 2: 4, 3: 6 };

/** One study in the chart: its lines over the candles or volumes, or in a pane of its own. */
export class StudyLines {
  readonly #chart: IChartApi;
  readonly #lines: readonly { readonly line: DrawnLine; readonly series: ISeriesApi<"Histogram" | "Line"> }[];
  #study: ChosenStudy;

  /** `pane` is the place of the pane that the lines are in; where there are only as many, a new one is made. */
  constructor(chart: IChartApi, study: ChosenStudy, pane: number) {
    this.#chart = chart;
    this.#study = study;
    const { drawn } = study.indicator;
    const isOwnPane = drawn.place === "pane";
    this.#lines = drawn.lines.map((line) => {
      const kind = line.shape === "histogram" ? HistogramSeries : LineSeries;
      const series = chart.addSeries(
        kind,
        {
          priceLineVisible: false,
          lastValueVisible: isOwnPane && line.shape === "line",
          crosshairMarkerVisible: false,
          ...(drawn.place === "volumes" ? { priceScaleId: "" } : {}),
        },
        pane,
      );
      return { line, series };
    });
    if (isOwnPane) chart.panes()[pane]?.setStretchFactor(PANE_SHARE);
  }

  /** The place of its pane. */
  get pane(): number {
    return this.#lines[0]?.series.getPane().paneIndex() ?? 0;
  }

  /** Draws the levels that its pane is read by. */
  level(colors: ChartColors): void {
    for (const price of this.#study.indicator.drawn.levels) {
      this.#lines[0]?.series.createPriceLine({
        price,
        color: colors.cross,
        lineWidth: 1,
        lineStyle: LineStyle.Dashed,
        axisLabelVisible: false,
      });
    }
  }

  /** Applies the study's colour and width. */
  style(study: ChosenStudy, colors: ChartColors): void {
    this.#study = study;
    for (const { line, series } of this.#lines) series.applyOptions(styleOf(line, study, colors));
  }

  /** The digits behind the point of its values, of which most are prices. */
  format(priceDecimals: number): void {
    const study = this.#study;
    const formatter = (value: number): string => valueText(study, value, priceDecimals);
    const minMove = study.indicator.drawn.unit === "price" ? 10 ** -priceDecimals : 0.1;
    const labelled = this.#lines.find(({ line }) => line.shape === "line")?.series;
    for (const { series } of this.#lines) {
      const tickmarksFormatter = (values: readonly number[]): string[] =>
        tickTexts(values, labelOf(labelled), (value) => series.priceToCoordinate(value), formatter);
      series.applyOptions({ priceFormat: { type: "custom", formatter, tickmarksFormatter, minMove } });
    }
  }

  /** All values; `points` are the klines with empty places between them. */
  show(points: readonly ChartPoint[], result: StudyResult): void {
    for (const { line, series } of this.#lines) {
      const values = drawnValues(result, line);
      let position = -1;
      series.setData(
        points.map((point) => {
          if (!("close" in point)) return { time: secondsOf(point) };
          position += 1;
          return dataOf(secondsOf(point), values[position]);
        }),
      );
    }
  }

  /** The values of the last klines, which changed or are new. */
  update(fresh: Klines, result: StudyResult): void {
    for (const { line, series } of this.#lines) {
      const values = drawnValues(result, line);
      for (const [position, kline] of fresh.entries()) {
        series.update(dataOf(secondsOf(kline), values[values.length - fresh.length + position]));
      }
    }
  }

  remove(): void {
    for (const { series } of this.#lines) this.#chart.removeSeries(series);
  }
}

/** The value of a line's label on the scale, which is the last one in sight; undefined where it has none. */
function labelOf(series: ISeriesApi<"Histogram" | "Line"> | undefined): number | undefined {
  const last = series?.options().lastValueVisible === true ? series.lastValueData(false) : undefined;
  return last === undefined || last.noData ? undefined : last.price;
}

type LineOptions = Parameters<ISeriesApi<"Line">["applyOptions"]>[0];

function styleOf({ shape }: DrawnLine, { color, width }: ChosenStudy, colors: ChartColors): LineOptions {
  const own = colors.studies[color - 1] ?? colors.text;
  const lineWidth = WIDTHS_PX[width];
  switch (shape) {
    case "line":
      return { color: own, lineWidth };
    case "faint line":
      return { color: colors.text, lineWidth: 1, lineStyle: LineStyle.Dotted };
    case "up line":
      return { color: colors.up, lineWidth: 1 };
    case "down line":
      return { color: colors.down, lineWidth: 1 };
    case "histogram":
      return { color: colors.histogram };
    case "dots":
      return { color: own, lineVisible: false, pointMarkersVisible: true, pointMarkersRadius: DOTS_PX[width] };
  }
}

/** Before an indicator is warm there is no value: the place stays empty. */
function dataOf(time: UTCTimestamp, value: number | undefined): { time: UTCTimestamp; value?: number } {
  return value === undefined || Number.isNaN(value) ? { time } : { time, value };
}
