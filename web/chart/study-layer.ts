import type { IChartApi } from "lightweight-charts";
import type { Interval } from "../../src/core/mod.ts";
import type { ChartColors } from "./chart-colors.ts";
import { type ChartPoint, chartPoints, type Klines } from "./chart-points.ts";
import type { ChosenStudy, StudyResult } from "./studies.ts";
import { StudyLines } from "./study-lines.ts";
import { columnKey } from "./study-text.ts";

/** A study that is drawn, and as which. */
interface DrawnStudy {
  readonly lines: StudyLines;
  /** As it was drawn last. */
  study: ChosenStudy;
  /** What its values followed from then, besides the klines. */
  basis: string;
}

/** The studies that a chart draws. Each keeps its lines, and so its colour, as long as it is in the chart, whatever is changed about it. */
export class StudyLayer {
  readonly #chart: IChartApi;
  readonly #drawn: Map<string, DrawnStudy> = new Map();
  #colors: ChartColors;
  #decimals = 0;

  constructor(chart: IChartApi, colors: ChartColors) {
    this.#chart = chart;
    this.#colors = colors;
  }

  /** All values of all studies, for example because older candles came. */
  showAll(points: readonly ChartPoint[], results: readonly StudyResult[]): void {
    this.#choose(results);
    for (const result of results) this.#show(result, results, points);
  }

  /** The values of the last klines; all values of a study that is new or has other parameters. */
  showFresh(fresh: Klines, klines: Klines, interval: Interval, results: readonly StudyResult[]): void {
    this.#choose(results);
    let points: readonly ChartPoint[] | undefined;
    for (const result of results) {
      const drawn = this.#drawn.get(keyOf(result));
      if (drawn?.basis === basisOf(result, results)) drawn.lines.update(fresh, result);
      else {
        points ??= chartPoints(klines, interval);
        this.#show(result, results, points);
      }
    }
  }

  #show(result: StudyResult, results: readonly StudyResult[], points: readonly ChartPoint[]): void {
    const drawn = this.#drawn.get(keyOf(result));
    if (drawn === undefined) return;
    drawn.basis = basisOf(result, results);
    drawn.lines.show(points, result);
  }

  recolor(colors: ChartColors): void {
    this.#colors = colors;
    for (const { lines, study } of this.#drawn.values()) lines.style(study, colors);
  }

  /** The digits behind the point of prices. */
  format(decimals: number): void {
    this.#decimals = decimals;
    for (const { lines } of this.#drawn.values()) lines.format(decimals);
  }

  /** Removes the lines of studies that have gone, makes those of new ones, and styles them. */
  #choose(results: readonly StudyResult[]): void {
    const visible = drawable(results);
    const keys = visible.map(keyOf);
    const kept = [...this.#drawn.keys()].filter((key) => keys.includes(key));
    // Panes are in the order in which they were made: for another order, all are made anew.
    const isInOrder = kept.every((key, at) => key === keys[at]);
    for (const [key, { lines }] of this.#drawn) {
      if (isInOrder && keys.includes(key)) continue;
      lines.remove();
      this.#drawn.delete(key);
    }
    for (const study of visible) {
      const drawn = this.#drawn.get(keyOf(study));
      if (drawn === undefined) this.#make(study);
      else {
        if (!isSameStyle(drawn.study, study)) drawn.lines.style(study, this.#colors);
        drawn.study = study;
      }
    }
  }

  #make(study: ChosenStudy): void {
    const lines = new StudyLines(this.#chart, study, this.#paneFor(study));
    lines.level(this.#colors);
    lines.style(study, this.#colors);
    lines.format(this.#decimals);
    this.#drawn.set(keyOf(study), { lines, study, basis: "" });
  }

  #paneFor({ indicator, columns: [first] }: ChosenStudy): number {
    if (indicator.drawn.place === "pane") return this.#chart.panes().length;
    if (indicator.drawn.place !== "first column" || first === undefined || first === "close") return 0;
    return [...this.#drawn.values()].find(({ study }) => study.id === first.id)?.lines.pane ?? 0;
  }
}

/** The studies that aren't hidden. Crossings come last, and only where their first column is drawn: their dots are on it. */
function drawable(results: readonly StudyResult[]): readonly StudyResult[] {
  const visible = results.filter(({ isHidden }) => !isHidden);
  const others = visible.filter(({ indicator }) => indicator.reads !== "pair");
  const crossings = visible.filter(({ indicator, columns: [first] }) => {
    const isDrawn = first === "close" || others.some(({ id }) => id === first?.id);
    return indicator.reads === "pair" && isDrawn;
  });
  return [...others, ...crossings];
}

/** Names the lines of a study. A crossing of other columns may belong into another pane. */
function keyOf({ id, indicator, columns }: ChosenStudy): string {
  return [id, indicator.name, ...columns.map(columnKey)].join(" ");
}

/** The parameters that a study's values follow from, and those of the studies that it compares. Never empty. */
function basisOf({ id, parameters, columns }: ChosenStudy, all: readonly ChosenStudy[]): string {
  const compared = columns.map((column) =>
    column === "close" ? [] : (all.find((one) => one.id === column.id)?.parameters ?? []),
  );
  return [id, ...[parameters, ...compared].map((numbers) => numbers.join())].join(" ");
}

function isSameStyle(a: ChosenStudy, b: ChosenStudy): boolean {
  return a.color === b.color && a.width === b.width;
}
