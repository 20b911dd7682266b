import type { Interval } from "../../src/core/mod.ts";
import { type ChartChoice, choiceIn, sameChart } from "./chart-route.ts";

/** How many charts may be side by side. */
export const CHART_COUNTS = [1, 2, 4] as const;

/** One of {@link CHART_COUNTS}. */
export type ChartCount = (typeof CHART_COUNTS)[number];

/** The series of the charts side by side. One of them is undefined: the active one, whose series the address itself names. */
export type SideBySide = readonly (ChartChoice | undefined)[];

/** One chart by itself. */
export const ONE_CHART: SideBySide = [undefined];

/** Between two charts in the address, and in place of the active one. Symbols have neither. */
const BETWEEN = "*";
const ACTIVE = "-";

/** "-*ETHUSDT-5m": the active chart at the left, ETHUSDT beside it. */
export function chartsText(charts: SideBySide): string {
  return charts.map((chart) => (chart === undefined ? ACTIVE : `${chart.symbol}-${chart.interval}`)).join(BETWEEN);
}

/** Reads what {@link chartsText} writes; undefined for anything else. */
export function readCharts(text: string): SideBySide | undefined {
  const entries = text.split(BETWEEN, Math.max(...CHART_COUNTS) + 1);
  const charts = entries.map((entry) => (entry === ACTIVE ? undefined : chartOf(entry)));
  const isCount = CHART_COUNTS.some((count) => count === charts.length);
  const isGood = entries.every((entry, at) => entry === ACTIVE || charts[at] !== undefined);
  return isCount && isGood && entries.filter((entry) => entry === ACTIVE).length === 1 ? charts : undefined;
}

/**
 * So many series beside a chart's own: those that were there, then its symbol in the next longer intervals, then in shorter ones. None is
 * there twice as long as there are others.
 */
export function chartsBeside(
  own: ChartChoice,
  before: readonly ChartChoice[],
  intervals: readonly Interval[],
  count: number,
): readonly ChartChoice[] {
  const at = intervals.indexOf(own.interval);
  const usual = [...intervals.slice(at + 1), ...intervals.slice(0, at).toReversed()].map((interval) => ({
    symbol: own.symbol,
    interval,
  }));
  const fresh = usual.filter((one) => !before.some((other) => sameChart(one, other)));
  const spare = Array.from({ length: count }, () => own);
  return [...before, ...fresh, ...usual.toReversed(), ...spare].slice(0, count);
}

function chartOf(text: string): ChartChoice | undefined {
  const at = text.lastIndexOf("-");
  return choiceIn(text.slice(0, Math.max(0, at)), text.slice(at + 1));
}
