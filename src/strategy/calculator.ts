import type { Interval } from "../core/mod.ts";
import { Column, ColumnSource } from "./column.ts";
import { type IndicatorResults, MAX_RESULTS_PER_WINDOW, type ResultKey } from "./indicator-results.ts";
import {
  type ColumnIndicator,
  firstNumber,
  type Indicator,
  type IndicatorParameter,
  type KlineIndicator,
  type PairIndicator,
} from "./indicators/indicator.ts";
import type { ClosedKlines } from "./kline-window.ts";
import { chained, longerOf, type Memory, NO_MEMORY } from "./memory.ts";
import { FilterMistake, KlinesWanted } from "./mistakes.ts";

/** The longest period that an indicator takes. */
export const MAX_PERIOD = 1_000;

/** The greatest factor that an indicator takes. */
export const MAX_FACTOR = 100;

/** The most numbers of its own that a filter may hand to an indicator. */
export const MAX_OWN_NUMBERS = 2_000;

/** The most calls of indicators that one value may be made of, as in `ema(ema(ema(close, 9), 9), 9)`, which has three. */
export const MAX_CALLS_IN_VALUE = 32;

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
    const { key, kept, input, compute } = callOf(indicator, given);
    const known = kept?.get(indicator, key);
    if (known !== undefined) return known;
    const facts = input();
    const { source, length, expression, warmUps } = facts;
    const longest = Math.max(...warmUps);
    if (source !== undefined && length <= longest) {
      throw new KlinesWanted(expression, source.interval, longest + 1, length);
    }
    if (source !== undefined && facts.lacksOlder) {
      const wanted = Math.max(...facts.memories.map(({ shift }) => shift)) + 1;
      throw new KlinesWanted(expression, source.interval, wanted, length);
    }
    const columns = columnsOf(indicator, facts, compute());
    if (hasRoom(source)) kept?.set(indicator, key, columns);
    return columns;
  }

  /** The same columns without their values: for code that is only read. The arguments are checked in the same way. */
  facts(indicator: Indicator, given: readonly Argument[]): readonly Column[] {
    const facts = callOf(indicator, given).input();
    return columnsOf(
      indicator,
      facts,
      indicator.outputs.map(() => NO_VALUES),
    );
  }
}

const NO_VALUES: Float64Array = new Float64Array();

/** What is known of an indicator's columns before they are computed. */
interface InputFacts {
  readonly expression: string;
  readonly source: ColumnSource | undefined;
  /** How many values the input has. */
  readonly length: number;
  readonly warmUps: readonly number[];
  readonly memories: readonly Memory[];
  /** How many calls of indicators the result is made of. */
  readonly calls: number;
  /** Whether it needs older klines than there are, however many these may be. */
  readonly lacksOlder: boolean;
}

/** A call whose arguments were checked. */
interface Call {
  readonly key: ResultKey;
  /** Where its results are kept. */
  readonly kept: IndicatorResults | undefined;
  readonly input: () => InputFacts;
  readonly compute: () => readonly Float64Array[];
}

/** Checks the arguments of a call. Throws {@link FilterMistake}. */
function callOf(indicator: Indicator, given: readonly Argument[]): Call {
  const parameters = parametersOf(indicator, indicator.reads === "pair" ? 2 : 1, given);
  if (indicator.reads === "klines") return callOfKlines(indicator, klinesOf(indicator, given[0]), parameters);
  if (indicator.reads === "column") return callOfColumn(indicator, columnOf(indicator, given[0]), parameters);
  return callOfPair(indicator, pairOf(indicator, given[0], given[1]), parameters);
}

function callOfKlines(indicator: KlineIndicator, source: ColumnSource, parameters: readonly number[]): Call {
  const { interval, klines } = source;
  return {
    key: keyOf(parameters),
    kept: source.results,
    input: () => ({
      expression: `${indicator.name}(${[interval, ...shownParameters(indicator, parameters)].join()})`,
      source,
      length: klines.length,
      calls: 1,
      lacksOlder: klines.hasOlder && indicator.reaches?.(klines, ...parameters) === false,
      ...reachOf(indicator, parameters, interval, 0, NO_MEMORY),
    }),
    compute: () => indicator.compute(klines, ...parameters),
  };
}

function callOfColumn(indicator: ColumnIndicator, column: Column, parameters: readonly number[]): Call {
  const { source, values, warmUp, memory } = column;
  const calls = callsOf(indicator, column.calls);
  return {
    key: keyOf(parameters),
    kept: source === undefined ? undefined : column.results,
    input: () => ({
      expression: `${indicator.name}(${[column.expression, ...parameters].join()})`,
      source,
      length: values.length,
      calls,
      lacksOlder: false,
      ...reachOf(indicator, parameters, source?.interval, warmUp, memory),
    }),
    compute: () => indicator.compute(values, ...parameters),
  };
}

function callOfPair(
  indicator: PairIndicator,
  [first, second]: readonly [Column, Column],
  parameters: readonly number[],
): Call {
  const source = first.source === second.source ? first.source : undefined;
  const calls = callsOf(indicator, first.calls + second.calls);
  return {
    key: [second.expression, ...parameters].join(),
    kept: source === undefined ? undefined : first.results,
    input: () => ({
      expression: `${indicator.name}(${[first.expression, second.expression, ...parameters].join()})`,
      source,
      length: first.values.length,
      calls,
      lacksOlder: false,
      ...reachOf(
        indicator,
        parameters,
        source?.interval,
        Math.max(first.warmUp, second.warmUp),
        longerOf(first.memory, second.memory),
      ),
    }),
    compute: () => indicator.compute(first.values, second.values, ...parameters),
  };
}

/** The calls that a result is made of. More than {@link MAX_CALLS_IN_VALUE} aren't taken: their names and what they look back over would grow without end. */
function callsOf(indicator: Indicator, inInput: number): number {
  const calls = inInput + 1;
  if (calls <= MAX_CALLS_IN_VALUE) return calls;
  throw new FilterMistake(
    `${indicator.name} of so many indicators of indicators: expected ${MAX_CALLS_IN_VALUE} calls in one value at most`,
  );
}

/** Parameters as expressions show them: without a default that isn't a number that a filter may give. */
function shownParameters({ parameters }: Indicator, values: readonly number[]): readonly number[] {
  return values.filter((value, at) => parameters[at]?.fallbackText === undefined || value !== parameters[at]?.fallback);
}

/** How many values each output lacks at its start, and how far back it looks, behind an input that does so itself. */
function reachOf(
  indicator: Indicator,
  parameters: readonly number[],
  interval: Interval | undefined,
  warmUpBefore: number,
  memoryBefore: Memory,
): Pick<InputFacts, "warmUps" | "memories"> {
  const own = indicator.warmUp(...parameters);
  const memories =
    indicator.memory?.(parameters, interval) ?? own.map((warmUp): Memory => ({ shift: warmUp, ratios: [] }));
  return {
    warmUps: own.map((warmUp) => warmUp + warmUpBefore),
    memories: memories.map((memory) => chained(memoryBefore, memory)),
  };
}

function columnsOf(indicator: Indicator, facts: InputFacts, results: readonly Float64Array[]): readonly Column[] {
  const { expression, source, warmUps, memories, calls } = facts;
  return results.map(
    (values, at) =>
      new Column(
        values,
        results.length === 1 ? expression : `${expression}.${indicator.outputs[at]}`,
        source,
        warmUps[at] as number,
        memories[at] as Memory,
        calls,
      ),
  );
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
  const parameters = indicator.parameters.map(
    ({ name, fallback, fallbackText }) => `${name} = ${fallbackText ?? fallback}`,
  );
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

/** Two columns of one length, which end together; a number stands for a column that is always that. */
function pairOf(
  indicator: Indicator,
  first: Argument | undefined,
  second: Argument | undefined,
): readonly [Column, Column] {
  const one = columnOf(indicator, first);
  if (second?.kind === "number") return [one, constant(second.value, one)];
  const other = columnOf(indicator, second);
  const length = Math.min(one.values.length, other.values.length);
  return [newest(one, length), newest(other, length)];
}

/** The newest values of a column: windows of two intervals may differ in length. */
function newest(column: Column, length: number): Column {
  const { values, expression, source, warmUp, memory, calls } = column;
  const older = values.length - length;
  if (older === 0) return column;
  return new Column(values.subarray(older), expression, source, Math.max(0, warmUp - older), memory, calls);
}

function constant(value: number, like: Column): Column {
  const values = new Float64Array(like.values.length).fill(value);
  return new Column(values, String(value), like.source, firstNumber(values), NO_MEMORY);
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
