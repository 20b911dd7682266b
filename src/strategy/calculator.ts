import type { Interval } from "../core/mod.ts";
import { Column, ColumnSource } from "./column.ts";
import { MAX_RESULTS_PER_WINDOW, type ResultKey } from "./indicator-results.ts";
import {
  type ColumnIndicator,
  firstNumber,
  type Indicator,
  type IndicatorParameter,
  type KlineIndicator,
  type PairIndicator,
} from "./indicators/indicator.ts";
import type { ClosedKlines } from "./kline-window.ts";
import { FilterMistake, KlinesWanted } from "./mistakes.ts";

/** The longest period that an indicator takes. */
export const MAX_PERIOD = 1_000;

/** The greatest factor that an indicator takes. */
export const MAX_FACTOR = 100;

/** The most numbers of its own that a filter may hand to an indicator. */
export const MAX_OWN_NUMBERS = 2_000;

/** What a filter hands to an indicator, read from an engine's own objects. */
export type Argument =
  | { readonly kind: "column"; readonly column: Column }
  | { readonly kind: "klines"; readonly source: ColumnSource }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "absent" }
  /** Anything else, in words. */
  | { readonly kind: "other"; readonly shown: string };

/** Computes indicators as filters call them. Throws {@link FilterMistake} and {@link KlinesWanted}. */
export class Calculator {
  readonly #sources: WeakMap<ClosedKlines, ColumnSource> = new WeakMap();

  /** A window as a source of columns: the same object for the same window, with all that was computed from it. */
  source(interval: Interval, klines: ClosedKlines): ColumnSource {
    let source = this.#sources.get(klines);
    if (source === undefined) {
      source = new ColumnSource(interval, klines);
      this.#sources.set(klines, source);
    }
    return source;
  }

  /** The columns of an indicator's outputs, in their order. */
  call(indicator: Indicator, given: readonly Argument[]): readonly Column[] {
    const inputs = indicator.reads === "pair" ? 2 : 1;
    const parameters = parametersOf(indicator, inputs, given);
    if (indicator.reads === "klines") return this.#ofKlines(indicator, klinesOf(indicator, given[0]), parameters);
    if (indicator.reads === "column") return this.#ofColumn(indicator, columnOf(indicator, given[0]), parameters);
    return this.#ofPair(indicator, pairOf(indicator, given[0], given[1]), parameters);
  }

  #ofKlines(indicator: KlineIndicator, source: ColumnSource, parameters: readonly number[]): readonly Column[] {
    const key = keyOf(parameters);
    const kept = source.kept(indicator, key);
    if (kept !== undefined) return kept;
    const expression = `${indicator.name}(${[source.interval, ...parameters].join()})`;
    const columns = this.#columns(indicator, expression, source, 0, source.klines.length, parameters, () =>
      indicator.compute(source.klines, ...parameters),
    );
    if (hasRoom(source)) source.results.set(indicator, key, columns);
    return columns;
  }

  #ofColumn(indicator: ColumnIndicator, column: Column, parameters: readonly number[]): readonly Column[] {
    const key = keyOf(parameters);
    const { source } = column;
    const kept = column.kept(indicator, key);
    if (kept !== undefined) return kept;
    const expression = `${indicator.name}(${[column.expression, ...parameters].join()})`;
    const { values, warmUp } = column;
    const columns = this.#columns(indicator, expression, source, warmUp, values.length, parameters, () =>
      indicator.compute(values, ...parameters),
    );
    if (hasRoom(source)) column.results.set(indicator, key, columns);
    return columns;
  }

  #ofPair(
    indicator: PairIndicator,
    [first, second]: readonly [Column, Column],
    parameters: readonly number[],
  ): readonly Column[] {
    const source = first.source?.klines === second.source?.klines ? first.source : undefined;
    const key = [second.expression, ...parameters].join();
    const kept = source === undefined ? undefined : first.kept(indicator, key);
    if (kept !== undefined) return kept;
    const expression = `${indicator.name}(${[first.expression, second.expression, ...parameters].join()})`;
    const warmUp = Math.max(first.warmUp, second.warmUp);
    const columns = this.#columns(indicator, expression, source, warmUp, first.values.length, parameters, () =>
      indicator.compute(first.values, second.values, ...parameters),
    );
    if (hasRoom(source)) first.results.set(indicator, key, columns);
    return columns;
  }

  #columns(
    indicator: Indicator,
    expression: string,
    source: ColumnSource | undefined,
    before: number,
    length: number,
    parameters: readonly number[],
    compute: () => readonly Float64Array[],
  ): readonly Column[] {
    const warmUps = indicator.warmUp(...parameters).map((own) => own + before);
    const longest = Math.max(...warmUps);
    if (source !== undefined && length <= longest) {
      throw new KlinesWanted(expression, source.interval, longest + 1, length);
    }
    const results = compute();
    return results.map(
      (values, at) =>
        new Column(
          values,
          results.length === 1 ? expression : `${expression}.${indicator.outputs[at]}`,
          source,
          warmUps[at] as number,
        ),
    );
  }
}

/** Whether one more result may be kept of what comes from a source; if so, it counts. */
function hasRoom(source: ColumnSource | undefined): boolean {
  if (source === undefined || source.keptCount >= MAX_RESULTS_PER_WINDOW) return false;
  source.keptCount += 1;
  return true;
}

function keyOf(parameters: readonly number[]): ResultKey {
  return parameters.length === 1 ? (parameters[0] as number) : parameters.join();
}

/** How an indicator is called, for messages and documentation: `macd(column, fast = 12, slow = 26, signal = 9)`. */
export function usageOf(indicator: Indicator): string {
  const inputs = { klines: ["candles"], column: ["column"], pair: ["column", "column or number"] }[indicator.reads];
  const parameters = indicator.parameters.map(({ name, fallback }) => `${name} = ${fallback}`);
  return `${indicator.name}(${[...inputs, ...parameters].join(", ")})`;
}

function parametersOf(indicator: Indicator, inputs: number, given: readonly Argument[]): readonly number[] {
  const { parameters } = indicator;
  if (given.length > inputs + parameters.length) {
    throw new FilterMistake(`${usageOf(indicator)}: ${given.length} values are too many`);
  }
  const values: number[] = [];
  for (let at = 0; at < parameters.length; at += 1) {
    const { name, kind, fallback } = parameters[at] as IndicatorParameter;
    const argument = given[inputs + at];
    const absent = argument === undefined || argument.kind === "absent";
    values.push(absent ? fallback : parameterOf(indicator, name, kind, argument));
  }
  return values;
}

function parameterOf(indicator: Indicator, name: string, kind: "period" | "factor", argument: Argument): number {
  const value = argument.kind === "number" ? argument.value : Number.NaN;
  if (kind === "period" && Number.isInteger(value) && value >= 1 && value <= MAX_PERIOD) return value;
  if (kind === "factor" && value > 0 && value <= MAX_FACTOR) return value;
  const right =
    kind === "period" ? `a whole number from 1 to ${MAX_PERIOD}` : `a number above 0, ${MAX_FACTOR} at most`;
  throw new FilterMistake(`${usageOf(indicator)}: ${name} is ${shownOf(argument)}, expected ${right}`);
}

function klinesOf(indicator: Indicator, argument: Argument | undefined): ColumnSource {
  if (argument?.kind === "klines") return argument.source;
  throw new FilterMistake(`${usageOf(indicator)} reads klines such as candles('1h'), not ${shownOf(argument)}`);
}

function columnOf(indicator: Indicator, argument: Argument | undefined): Column {
  if (argument?.kind === "column" && argument.column.values.length <= MAX_OWN_NUMBERS) return argument.column;
  const shown = argument?.kind === "column" ? `${argument.column.values.length} numbers` : shownOf(argument);
  throw new FilterMistake(
    `${usageOf(indicator)} reads a column such as candles('1h').close, or an array of ${MAX_OWN_NUMBERS} numbers at most, not ${shown}`,
  );
}

/** Two columns of one length; a number stands for a column that is always that. */
function pairOf(
  indicator: Indicator,
  first: Argument | undefined,
  second: Argument | undefined,
): readonly [Column, Column] {
  const one = columnOf(indicator, first);
  if (second?.kind === "number") return [one, constant(second.value, one)];
  const other = columnOf(indicator, second);
  if (one.values.length === other.values.length) return [one, other];
  throw new FilterMistake(
    `${usageOf(indicator)} compares columns of one length: ${one.expression} has ${one.values.length} values, ${other.expression} has ${other.values.length}`,
  );
}

function constant(value: number, like: Column): Column {
  const values = new Float64Array(like.values.length).fill(value);
  return new Column(values, String(value), like.source, firstNumber(values));
}

function shownOf(argument: Argument | undefined): string {
  switch (argument?.kind) {
    case undefined:
    case "absent":
      return "undefined";
    case "number":
      return String(argument.value);
    case "column":
      return "a column";
    case "klines":
      return "candles";
    case "other":
      return argument.shown;
  }
}
