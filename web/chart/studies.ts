import type { Interval } from "../../src/core/mod.ts";
import {
  type DrawnLine,
  firstReached,
  INDICATORS,
  type Indicator,
  klinesWantedBy,
  type PriceColumns,
} from "../../src/strategy/mod.ts";
import { amountText } from "../text/amount.ts";
import { priceText } from "../text/price.ts";
import type { Klines } from "./chart-points.ts";

/** How thick a study's lines are. */
export type StudyWidth = 1 | 2 | 3;

/** What a crossing compares: the closes, or an output of another study of the chart. */
export type StudyColumn = "close" | { readonly id: number; readonly output: string };

/** An indicator in the chart, with all that a person may choose. A chart may have several of the same indicator. */
export interface ChosenStudy {
  /** Tells the chart's studies apart; it stays while the study is changed. */
  readonly id: number;
  readonly indicator: Indicator;
  readonly parameters: readonly number[];
  /** Two for an indicator that compares columns, none for others. */
  readonly columns: readonly StudyColumn[];
  /** Of the palette's colours, from 1 on. */
  readonly color: number;
  readonly width: StudyWidth;
  readonly isHidden: boolean;
}

/** A chosen study with its values. */
export interface StudyResult extends ChosenStudy {
  /** The indicator's outputs, each with a value for each kline; NaN where there is none. */
  readonly outputs: readonly Float64Array[];
  /** For a crossing: the values of its first column, where its dots are. */
  readonly first: Float64Array | undefined;
}

/** The longest period that a person can choose; filters may go no further either. */
export const LARGEST_PERIOD = 1_000;
/** The largest factor. */
export const LARGEST_FACTOR = 100;

/** Digits behind the point of values that are no prices, such as those from 0 to 100. */
const NUMBER_DECIMALS = 1;

/** The indicator of that name. */
export function indicatorNamed(name: string): Indicator | undefined {
  return INDICATORS.find((one) => one.name === name);
}

/** Whether a parameter may be so: whole periods from 1 on, factors above 0, and a default that isn't a number of candles. */
export function isParameter(indicator: Indicator, at: number, value: number): boolean {
  const parameter = indicator.parameters[at];
  if (parameter === undefined) return false;
  if (parameter.fallbackText !== undefined && value === parameter.fallback) return true;
  if (parameter.kind === "factor") return value > 0 && value <= LARGEST_FACTOR;
  return Number.isInteger(value) && value >= 1 && value <= LARGEST_PERIOD;
}

/** The number that a text means for a parameter, or what is expected instead. An empty text is a default that isn't a number. */
export function readParameter(indicator: Indicator, at: number, text: string): number | string {
  const { kind, fallback, fallbackText } = indicator.parameters[at] ?? {};
  if (text.trim() === "" && fallbackText !== undefined && fallback !== undefined) return fallback;
  const value = text.trim() === "" ? Number.NaN : Number(text);
  if (isParameter(indicator, at, value)) return value;
  return kind === "factor"
    ? `Expected a number above 0, up to ${LARGEST_FACTOR}.`
    : `Expected a whole number from 1 to ${LARGEST_PERIOD.toLocaleString("en-US")}.`;
}

/** The parameters as people read them: without those that are as their default's words say. */
export function shownParameters({ indicator, parameters }: ChosenStudy): readonly number[] {
  return parameters.filter((value, at) => {
    const { fallback, fallbackText } = indicator.parameters[at] ?? {};
    return fallbackText === undefined || value !== fallback;
  });
}

/** "SMA 20", "Bollinger 20 2", "Cross over EMA 20 / EMA 50". Never with a comma, so that it can head a column of a CSV file. */
export function studyText(study: ChosenStudy, all: readonly ChosenStudy[]): string {
  const columns = study.columns.map((column) => columnText(column, all)).join(" / ");
  return [study.indicator.drawn.title, ...shownParameters(study), columns].filter((part) => part !== "").join(" ");
}

/** "Close", "EMA 20", "MACD 12 26 9 signal". */
export function columnText(column: StudyColumn, all: readonly ChosenStudy[]): string {
  if (column === "close") return "Close";
  const study = all.find(({ id }) => id === column.id);
  if (study === undefined) return "?";
  const isOnly = study.indicator.drawn.lines.length === 1;
  return isOnly ? studyText(study, all) : `${studyText(study, all)} ${column.output}`;
}

/** A value of a study, with as many digits as its kind has. */
export function valueText({ indicator }: ChosenStudy, value: number, priceDecimals: number): string {
  switch (indicator.drawn.unit) {
    case "price":
      return priceText(value, priceDecimals);
    case "amount":
      return `${value < 0 ? "−" : ""}${amountText(Math.abs(value))}`;
    case "number":
      return priceText(value, NUMBER_DECIMALS);
  }
}

/** How people write the outputs whose names in filters are words of a program. */
const OUTPUT_NAMES: Readonly<Record<string, string>> = {
  k: "%K",
  d: "%D",
  macd: "MACD",
  adx: "ADX",
  plusDI: "+DI",
  minusDI: "−DI",
};

/** A line's value in words. */
export interface LineText {
  /** Empty where the study has one line only. */
  readonly name: string;
  readonly shape: DrawnLine["shape"];
  readonly text: string;
}

/** The values of what is drawn of a study at the kline `at`; none where it has none there. */
export function lineTexts(study: StudyResult, at: number, decimals: number): readonly LineText[] {
  const { indicator, outputs } = study;
  const { lines } = indicator.drawn;
  // What is behind the others is read last.
  const inOrder = lines.toSorted((a, b) => Number(a.shape === "histogram") - Number(b.shape === "histogram"));
  return inOrder.flatMap(({ output, shape }) => {
    const value = outputs[indicator.outputs.indexOf(output)]?.[at] ?? Number.NaN;
    if (Number.isNaN(value) || (indicator.reads === "pair" && value !== 1)) return [];
    const name = lines.length === 1 ? "" : (OUTPUT_NAMES[output] ?? output);
    return { name, shape, text: indicator.reads === "pair" ? "crosses" : valueText(study, value, decimals) };
  });
}

/** The same as one text: "MACD 335.40 signal 271.37 histogram 64.03". */
export function valuesText(study: StudyResult, at: number, decimals: number): string {
  const texts = lineTexts(study, at, decimals).map(({ name, text }) => (name === "" ? text : `${name} ${text}`));
  return texts.join(" ");
}

/** How many klines before the first one that is shown the studies need: as many as a filter that reads them. */
export function klinesBefore(chosen: readonly ChosenStudy[], interval: Interval): number {
  return Math.max(0, ...chosen.map(({ indicator, parameters }) => klinesWantedBy(indicator, parameters, interval)));
}

/** Computes what was chosen, over the klines that there are, as a filter would see them. */
export function computeStudies(chosen: readonly ChosenStudy[], klines: Klines): readonly StudyResult[] {
  if (chosen.length === 0) return [];
  const columns = columnsOf(klines);
  const computed = new Map<number, readonly Float64Array[]>();
  const valuesOf = (column: StudyColumn): Float64Array => {
    const study = column === "close" ? undefined : chosen.find(({ id }) => id === column.id);
    if (column === "close" || study === undefined) return columns.close;
    return outputsOf(study)[study.indicator.outputs.indexOf(column.output)] ?? columns.close;
  };
  const outputsOf = (study: ChosenStudy): readonly Float64Array[] => {
    const before = computed.get(study.id);
    if (before !== undefined) return before;
    const outputs = computeStudy(study, columns, valuesOf);
    computed.set(study.id, outputs);
    return outputs;
  };
  return chosen.map((study) => {
    const [first] = study.columns;
    return { ...study, outputs: outputsOf(study), first: first === undefined ? undefined : valuesOf(first) };
  });
}

/** What is drawn of a line: the output, or for dots the places of a crossing. */
export function drawnValues({ indicator, outputs, first }: StudyResult, { output, shape }: DrawnLine): Float64Array {
  const values = outputs[indicator.outputs.indexOf(output)] ?? new Float64Array();
  if (shape !== "dots" || first === undefined) return values;
  return values.map((value, at) => (value === 1 ? (first[at] as number) : Number.NaN));
}

function computeStudy(
  { indicator, parameters, columns: [first = "close", second = "close"] }: ChosenStudy,
  columns: PriceColumns,
  valuesOf: (column: StudyColumn) => Float64Array,
): readonly Float64Array[] {
  switch (indicator.reads) {
    case "pair":
      return indicator.compute(valuesOf(first), valuesOf(second), ...parameters);
    case "column":
      return indicator.compute(columns.close, ...parameters);
    case "klines": {
      const outputs = indicator.compute(columns, ...parameters);
      const reached = firstReached(indicator, columns, parameters);
      for (const output of outputs) output.fill(Number.NaN, 0, reached);
      return outputs;
    }
  }
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
