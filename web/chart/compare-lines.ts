import {
  type IChartApi,
  type ISeriesApi,
  type LineData,
  LineSeries,
  type Time,
  type WhitespaceData,
} from "lightweight-charts";
import type { ChartColors } from "./chart-colors.ts";
import { type ChartPoint, secondsOf } from "./chart-points.ts";
import { comparedColor } from "./compare-choice.ts";
import { type ComparedSeries, closesAt } from "./compared.ts";

type Data = readonly (LineData<Time> | WhitespaceData<Time>)[];

/** The closes of the symbols that a chart is compared with, on its own scale, which counts in percent then. */
export class CompareLines {
  readonly #chart: IChartApi;
  #colors: ChartColors;
  /** By symbol, in the order of their colours. */
  readonly #lines: Map<string, { readonly series: ISeriesApi<"Line">; data: Data }> = new Map();

  constructor(chart: IChartApi, colors: ChartColors) {
    this.#chart = chart;
    this.#colors = colors;
  }

  /** Only places of the chart's own are drawn at: others would move its candles. */
  show(compared: readonly ComparedSeries[], points: readonly ChartPoint[]): void {
    for (const [symbol, { series }] of this.#lines) {
      if (compared.some((one) => one.symbol === symbol)) continue;
      this.#chart.removeSeries(series);
      this.#lines.delete(symbol);
    }
    for (const { symbol, klines } of compared) {
      const closes = closesAt(points, klines);
      const data = points.map((point, at) => {
        const [time, value] = [secondsOf(point), closes[at]];
        return value === undefined ? { time } : { time, value };
      });
      const line = this.#lines.get(symbol) ?? { series: this.#newSeries(), data: [] };
      this.#lines.set(symbol, line);
      draw(line.series, line.data, data);
      line.data = data;
    }
    this.recolor(this.#colors);
  }

  recolor(colors: ChartColors): void {
    this.#colors = colors;
    for (const [at, { series }] of [...this.#lines.values()].entries()) {
      const color = colors.studies[comparedColor(at) - 1] ?? colors.accent;
      if (series.options().color !== color) series.applyOptions({ color });
    }
  }

  #newSeries(): ISeriesApi<"Line"> {
    return this.#chart.addSeries(LineSeries, { lineWidth: 2, priceLineVisible: false });
  }
}

/** Most of the time only the newest place changes, or one is added. */
function draw(series: ISeriesApi<"Line">, before: Data, data: Data): void {
  const kept = before.length - 1;
  const isSameBefore =
    before.length > 0 &&
    data.length - before.length <= 1 &&
    before.every((one, at) => at === kept || isSame(one, data[at]));
  if (!isSameBefore || data.length < before.length) {
    series.setData([...data]);
    return;
  }
  for (const one of data.slice(kept)) if (!isSame(before.at(-1), one)) series.update(one);
}

function isSame(a: Data[number] | undefined, b: Data[number] | undefined): boolean {
  return a?.time === b?.time && valueOf(a) === valueOf(b);
}

function valueOf(data: Data[number] | undefined): number | undefined {
  return data !== undefined && "value" in data ? data.value : undefined;
}
