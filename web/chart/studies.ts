import type { Interval } from "../../src/core/mod.ts";
import { firstReached, INDICATORS, type Indicator, klinesWantedBy, type PriceColumns } from "../../src/strategy/mod.ts";
import type { Klines } from "./chart-points.ts";

/** The longest period and the largest factor that a person can choose; filters may go no further either. */
const LARGEST_PERIOD = 1_000;
const LARGEST_FACTOR = 100;

/** How an output of an indicator is drawn. */
export interface StudyLine {
  /** The indicator's own name of the output. */
  readonly output: string;
  readonly shape: "line" | "faint line" | "histogram";
}

/** An indicator that the chart can show, over the candles or in a pane of its own. */
export interface Study {
  /** The indicator's name, as filters know it. */
  readonly name: string;
  readonly title: string;
  readonly place: "candles" | "pane";
  readonly lines: readonly StudyLine[];
  /** Levels that a pane is read by. */
  readonly levels: readonly number[];
  /** The initial parameters, if they differ from the indicator's defaults. */
  readonly parameters?: readonly number[];
}

/** The studies, in the order of the menu. The functions that filters call compute them. */
export const STUDIES: readonly Study[] = [
  {
    name: "sma",
    title: "SMA",
    place: "candles",
    lines: [{ output: "value", shape: "line" }],
    levels: [],
    parameters: [20],
  },
  {
    name: "ema",
    title: "EMA",
    place: "candles",
    lines: [{ output: "value", shape: "line" }],
    levels: [],
    parameters: [50],
  },
  {
    name: "bollinger",
    title: "Bollinger",
    place: "candles",
    lines: [
      { output: "upper", shape: "line" },
      { output: "middle", shape: "faint line" },
      { output: "lower", shape: "line" },
    ],
    levels: [],
  },
  { name: "vwap", title: "VWAP", place: "candles", lines: [{ output: "value", shape: "line" }], levels: [] },
  { name: "rsi", title: "RSI", place: "pane", lines: [{ output: "value", shape: "line" }], levels: [30, 70] },
  {
    name: "macd",
    title: "MACD",
    place: "pane",
    lines: [
      { output: "histogram", shape: "histogram" },
      { output: "macd", shape: "line" },
      { output: "signal", shape: "faint line" },
    ],
    levels: [],
  },
];

/** A study with its parameters: what a person chose. */
export interface ChosenStudy {
  readonly study: Study;
  readonly parameters: readonly number[];
}

/** A chosen study computed: for each of its lines the values, one for each kline; NaN where there is none. */
export interface StudyResult extends ChosenStudy {
  readonly values: readonly Float64Array[];
}

/** The study as it is before a person changes anything. */
export function usualStudy(study: Study): ChosenStudy {
  const fallbacks = numbersOf(study).map(({ fallback }) => fallback);
  return { study, parameters: study.parameters ?? fallbacks };
}

/** The names of a study's parameters, and the numbers that they take. */
export function parametersOf(study: Study): readonly { readonly name: string; readonly isWhole: boolean }[] {
  return numbersOf(study).map(({ name, kind }) => ({ name, isWhole: kind === "period" }));
}

/** "SMA 20", "Bollinger 20 2". */
export function studyText({ study, parameters }: ChosenStudy): string {
  return [study.title, ...parameters].join(" ");
}

/** The digits behind the point of a study's values: most are prices, RSI counts from 0 to 100. */
export function valueDecimals({ name }: Study, priceDecimals: number): number {
  return name === "rsi" ? 1 : priceDecimals;
}

/** Whether a study's parameter may be so: whole periods from 1 on, factors above 0. */
export function isParameter(study: Study, at: number, value: number): boolean {
  const { isWhole = false } = parametersOf(study)[at] ?? {};
  if (isWhole) return Number.isInteger(value) && value >= 1 && value <= LARGEST_PERIOD;
  return value > 0 && value <= LARGEST_FACTOR;
}

/** How many klines before the first one that is shown the studies need: as many as a filter that reads them. */
export function klinesBefore(chosen: readonly ChosenStudy[], interval: Interval): number {
  return Math.max(
    0,
    ...chosen.map(({ study, parameters }) => klinesWantedBy(indicatorOf(study), parameters, interval)),
  );
}

/** Computes what was chosen, over the klines that there are, as a filter would see them. */
export function computeStudies(chosen: readonly ChosenStudy[], klines: Klines): readonly StudyResult[] {
  if (chosen.length === 0) return [];
  const columns = columnsOf(klines);
  return chosen.map(({ study, parameters }) => {
    const indicator = indicatorOf(study);
    const outputs =
      indicator.reads === "klines"
        ? indicator.compute(columns, ...parameters)
        : indicator.compute(columns.close, ...parameters);
    const first = firstReached(indicator, columns, parameters);
    for (const output of outputs) output.fill(Number.NaN, 0, first);
    const values = study.lines.map(({ output }) => outputs[indicator.outputs.indexOf(output)] ?? new Float64Array());
    return { study, parameters, values };
  });
}

function indicatorOf({ name }: Study): Exclude<(typeof INDICATORS)[number], { reads: "pair" }> {
  const indicator = INDICATORS.find((one) => one.name === name);
  if (indicator === undefined || indicator.reads === "pair")
    throw new Error(`${name} is not an indicator of one series`);
  return indicator;
}

/** The parameters that a person sets: all but those whose default isn't a number. */
function numbersOf(study: Study): Indicator["parameters"] {
  return indicatorOf(study).parameters.filter(({ fallbackText }) => fallbackText === undefined);
}

function columnsOf(klines: Klines): PriceColumns {
  const column = (name: keyof PriceColumns): Float64Array => Float64Array.from(klines, (kline) => kline[name]);
  return {
    openTime: column("openTime"),
    open: column("open"),
    high: column("high"),
    low: column("low"),
    close: column("close"),
    volume: column("volume"),
  };
}
