import type { Kline, Ticker } from "../core/mod.ts";
import {
  type Argument,
  type Column,
  type Facts,
  type FilterInput,
  type FilterOutcome,
  HELPERS,
  INDICATORS,
  type Indicator,
  KlinesWanted,
  MAX_FACTS_LENGTH,
  MAX_OWN_NUMBERS,
  ownColumn,
} from "../strategy/mod.ts";
import { argumentOf, CandlesObject, ColumnObject, rowsOf } from "./contract-objects.ts";

/**
 * Steps that a compiled filter may take for one symbol: turns of loops, calls of its functions, and what it makes, copies or
 * has computed by size. They bound its time to some milliseconds and its memory to some megabytes.
 */
export const MAX_STEPS = 200_000;

/** What an indicator costs in steps, and each number of the filter's own that goes into one. */
const STEPS_PER_INDICATOR = 200;
const STEPS_PER_OWN_NUMBER = 10;
/** So many numbers that an indicator looks at cost as much as a step. */
const NUMBERS_PER_STEP = 256;

/** What an array or an object costs besides its parts. */
const STEPS_PER_OBJECT = 4;

/** The longest text that a compiled filter makes; longer ones are for the machine with the memory bound. */
const MAX_TEXT = 4_096;

/** The most values in a match's facts, counted as they are written. */
const MAX_FACT_VALUES = 1_000;

/**
 * Thrown where a compiled filter meets what the small language has no plain meaning for: the other engine runs it then
 * from the start, and what that says counts. So nothing unusual needs to be imitated here, mistakes and their messages included.
 */
export class HandOver extends Error {}

const HAND_OVER: HandOver = new HandOver("for the other engine");

function handOver(): never {
  throw HAND_OVER;
}

/** What compiled filters call, as `$`. One serves all symbols one by one. */
export class Runtime {
  symbol = "";
  closeTime = 0;
  ticker: Ticker | undefined;
  readonly timeframes: object = Object.freeze(Object.create(null));
  #input: FilterInput | undefined;
  #steps = 0;
  readonly #candles: Map<string, CandlesObject> = new Map();

  /** Runs a compiled filter. Throws {@link HandOver} where the other engine is to. */
  run(filter: ($: Runtime) => unknown, input: FilterInput): FilterOutcome {
    this.symbol = input.symbol;
    this.closeTime = input.closeTime;
    this.ticker = input.ticker;
    this.#input = input;
    this.#steps = MAX_STEPS;
    this.#candles.clear();
    try {
      return this.#outcome(filter(this));
    } catch (cause) {
      if (cause instanceof KlinesWanted) {
        return { kind: "skipped", reason: cause.message, interval: cause.interval, wanted: cause.wanted };
      }
      throw cause instanceof HandOver ? cause : HAND_OVER;
    }
  }

  #outcome(answer: unknown): FilterOutcome {
    if (typeof answer !== "object" || answer === null) return answer ? { kind: "match", facts: undefined } : NO_MATCH;
    const { match, facts } = answer as { match?: unknown; facts?: unknown };
    if (!isPlain(answer) || match === undefined) handOver();
    if (!match) return NO_MATCH;
    if (facts === undefined || facts === null) return { kind: "match", facts: undefined };
    if (typeof facts !== "object" || !isPlain(facts)) handOver();
    let values = 0;
    const text = JSON.stringify(facts, (_, value: unknown) => {
      values += 1;
      const writable = typeof value !== "object" || value === null || Array.isArray(value) || isPlain(value);
      return writable && values <= MAX_FACT_VALUES ? value : handOver();
    });
    return text.length > MAX_FACTS_LENGTH ? handOver() : { kind: "match", facts: JSON.parse(text) as Facts };
  }

  /** At each turn of a loop and each call of a function. */
  step(): void {
    this.#steps -= 1;
    if (this.#steps < 0) handOver();
  }

  #charge(steps: number): void {
    this.#steps -= steps;
    if (this.#steps < 0) handOver();
  }

  // Operators. Numbers first; other plain values as the language has them; objects go to the other engine.

  add(a: unknown, b: unknown): unknown {
    if (typeof a === "number" && typeof b === "number") return a + b;
    if (typeof a !== "string" && typeof b !== "string") return plain(a) + plain(b);
    return this.joined([a, b]);
  }
  subtract(a: unknown, b: unknown): number {
    return typeof a === "number" && typeof b === "number" ? a - b : plain(a) - plain(b);
  }
  multiply(a: unknown, b: unknown): number {
    return typeof a === "number" && typeof b === "number" ? a * b : plain(a) * plain(b);
  }
  divide(a: unknown, b: unknown): number {
    return typeof a === "number" && typeof b === "number" ? a / b : plain(a) / plain(b);
  }
  remainder(a: unknown, b: unknown): number {
    return typeof a === "number" && typeof b === "number" ? a % b : plain(a) % plain(b);
  }
  less(a: unknown, b: unknown): boolean {
    return typeof a === "number" && typeof b === "number" ? a < b : plain(a) < plain(b);
  }
  atMost(a: unknown, b: unknown): boolean {
    return typeof a === "number" && typeof b === "number" ? a <= b : plain(a) <= plain(b);
  }
  more(a: unknown, b: unknown): boolean {
    return typeof a === "number" && typeof b === "number" ? a > b : plain(a) > plain(b);
  }
  atLeast(a: unknown, b: unknown): boolean {
    return typeof a === "number" && typeof b === "number" ? a >= b : plain(a) >= plain(b);
  }
  same(a: unknown, b: unknown): boolean {
    return isObject(a) && isObject(b) ? handOver() : a === b;
  }
  differs(a: unknown, b: unknown): boolean {
    return isObject(a) && isObject(b) ? handOver() : a !== b;
  }
  number(value: unknown): number {
    return typeof value === "number" ? value : +plain(value);
  }
  numbers(value: unknown): readonly number[] {
    const items = this.#array(value);
    if (items.length > MAX_OWN_NUMBERS || !items.every((item) => typeof item === "number")) handOver();
    return items as number[];
  }
  joined(parts: readonly unknown[]): string {
    let text = "";
    for (const part of parts) {
      if (isObject(part)) handOver();
      text += String(part);
      if (text.length > MAX_TEXT) handOver();
    }
    this.#charge(1 + (text.length >> 4));
    return text;
  }
  item(value: unknown, index: unknown): unknown {
    if (value === this.timeframes) return this.#timeframe(index);
    if (typeof index !== "number" || !Array.isArray(value) || !Number.isInteger(index) || index < 0) handOver();
    return value[index];
  }
  items(value: unknown): readonly unknown[] {
    return Array.isArray(value) ? value : handOver();
  }
  maybe(value: unknown, call: (value: unknown) => unknown): unknown {
    return value === undefined || value === null ? undefined : call(value);
  }
  made<Value>(value: Value, parts: number): Value {
    this.#charge(STEPS_PER_OBJECT + parts);
    return value;
  }
  Number_(...values: unknown[]): number {
    return values.length === 0 ? 0 : this.number(values[0]);
  }
  Boolean_(value: unknown): boolean {
    return Boolean(value);
  }
  String_(...values: unknown[]): string {
    return values.length === 0 ? "" : this.joined([values[0]]);
  }

  // Methods.

  at_(on: unknown, index: unknown): unknown {
    if (typeof index !== "number") handOver();
    const column = ColumnObject.of(on);
    if (column !== undefined) {
      const { values } = column;
      const whole = Math.trunc(index) || 0;
      return values[whole < 0 ? values.length + whole : whole];
    }
    return Array.isArray(on) ? on.at(index) : handOver();
  }
  row_(on: unknown, index: unknown): unknown {
    const source = CandlesObject.of(on);
    return source === undefined || typeof index !== "number" ? handOver() : rowsOf(source.klines).at(index);
  }
  slice_(on: unknown, from?: unknown, to?: unknown): unknown {
    if (!isBound(from) || !isBound(to)) return handOver();
    const column = ColumnObject.of(on);
    const part = column === undefined ? this.#sliceable(on).slice(from, to) : Array.from(column.values.slice(from, to));
    this.#charge(STEPS_PER_OBJECT + part.length);
    return part;
  }
  push_(on: unknown, ...items: unknown[]): number {
    this.#charge(items.length);
    return Array.isArray(on) && !Object.isFrozen(on) ? on.push(...items) : handOver();
  }
  includes_(on: unknown, item: unknown): boolean {
    if (typeof on === "string" && typeof item === "string") return on.includes(item);
    return isObject(item) ? handOver() : this.#array(on).includes(item);
  }
  indexOf_(on: unknown, item: unknown): number {
    if (typeof on === "string" && typeof item === "string") return on.indexOf(item);
    return isObject(item) ? handOver() : this.#array(on).indexOf(item);
  }
  join_(on: unknown, separator: unknown = ","): string {
    const items = this.#array(on);
    if (typeof separator !== "string") handOver();
    const parts = items.flatMap((item, at) => [...(at === 0 ? [] : [separator]), item ?? ""]);
    return this.joined(parts);
  }
  toFixed_(on: unknown, digits: unknown = 0): string {
    if (typeof on !== "number" || typeof digits !== "number") handOver();
    return on.toFixed(digits);
  }
  startsWith_(on: unknown, text: unknown): boolean {
    return typeof on === "string" && typeof text === "string" ? on.startsWith(text) : handOver();
  }
  endsWith_(on: unknown, text: unknown): boolean {
    return typeof on === "string" && typeof text === "string" ? on.endsWith(text) : handOver();
  }
  map_(on: unknown, call: Callback): unknown[] {
    return this.#array(on).map(call);
  }
  filter_(on: unknown, call: Callback): unknown[] {
    return this.#array(on).filter(call);
  }
  some_(on: unknown, call: Callback): boolean {
    return this.#array(on).some(call);
  }
  every_(on: unknown, call: Callback): boolean {
    return this.#array(on).every(call);
  }
  find_(on: unknown, call: Callback): unknown {
    return this.#array(on).find(call);
  }
  findIndex_(on: unknown, call: Callback): number {
    return this.#array(on).findIndex(call);
  }
  forEach_(on: unknown, call: Callback): void {
    for (const [index, item] of this.#array(on).entries()) call(item, index, on);
  }
  reduce_(on: unknown, call: (total: unknown, item: unknown, index: number) => unknown, ...first: unknown[]): unknown {
    const items = this.#array(on);
    return first.length === 0 ? items.reduce(call) : items.reduce(call, first[0]);
  }

  // The contract.

  candles(interval: unknown): CandlesObject {
    if (typeof interval !== "string") handOver();
    let candles = this.#candles.get(interval);
    if (candles === undefined) {
      candles = new CandlesObject(this.#at().source(interval));
      this.#candles.set(interval, candles);
    }
    return candles;
  }

  /** Called by the methods that indicators become. */
  indicator(at: number, values: readonly unknown[]): unknown {
    this.#charge(STEPS_PER_INDICATOR);
    const indicator = INDICATORS[at];
    if (indicator === undefined) return handOver();
    const columns = keptOf(indicator, values) ?? this.#computed(indicator, this.#arguments(values));
    if (columns.length === 1) return new ColumnObject(columns[0] as Column);
    const objects = columns.map((column) => new ColumnObject(column));
    return Object.fromEntries(indicator.outputs.map((output, index) => [output, objects[index]]));
  }

  /** What is computed costs what it takes: most indicators look back by their parameters at each of the numbers. */
  #computed(indicator: Indicator, given: readonly Argument[]): readonly Column[] {
    let [numbers, lookBack] = [0, 1];
    for (const one of given) {
      if (one.kind === "column") numbers = Math.max(numbers, one.column.values.length);
      else if (one.kind === "klines") numbers = Math.max(numbers, one.source.klines.length);
      else if (one.kind === "number" && one.value > 0) lookBack += one.value;
    }
    this.#charge(Math.ceil((numbers * lookBack) / NUMBERS_PER_STEP));
    return this.#at().calculator.call(indicator, given);
  }

  /** Called by the methods that helpers become. */
  helper(at: number, items: unknown, values: readonly unknown[]): unknown {
    this.#charge(STEPS_PER_INDICATOR);
    const helper = HELPERS[at];
    if (helper === undefined) return handOver();
    const column = this.#own(items, helper.reads);
    if (column.kind !== "column") return handOver();
    const answer = helper.answer(
      this.#at().calculator,
      column.column.values,
      values.map((value) => argumentOf(value) ?? handOver()),
    );
    return answer;
  }

  #arguments(values: readonly unknown[]): Argument[] {
    return values.map((value) => argumentOf(value) ?? this.#own(value));
  }

  #at(): FilterInput {
    return this.#input ?? handOver();
  }

  #timeframe(interval: unknown): readonly Kline[] {
    if (typeof interval !== "string") return handOver();
    const source = this.#at().source(interval);
    return rowsOf(source.klines);
  }

  #array(value: unknown): unknown[] {
    if (!Array.isArray(value)) return handOver();
    this.#charge(value.length);
    return value;
  }

  #sliceable(value: unknown): string | unknown[] {
    return typeof value === "string" || Array.isArray(value) ? value : handOver();
  }

  /** An array of numbers, or of klines of which one field is read. */
  #own(value: unknown, field?: "close" | "volume"): Argument {
    if (!Array.isArray(value) || value.length > MAX_OWN_NUMBERS) return handOver();
    this.#charge(value.length * STEPS_PER_OWN_NUMBER);
    const numbers = Float64Array.from(value, (item: unknown) => {
      const number = field !== undefined && isPlain(item) ? (item as Record<string, unknown>)[field] : item;
      return typeof number === "number" ? number : handOver();
    });
    return { kind: "column", column: ownColumn(numbers) };
  }
}

/** The shortest way to what another filter had computed: by an indicator with one parameter, of a column or candles. */
function keptOf(indicator: Indicator, values: readonly unknown[]): readonly Column[] | undefined {
  const [parameter] = indicator.parameters;
  const given = values[1] === undefined ? parameter?.fallback : values[1];
  if (indicator.parameters.length !== 1 || values.length > 2 || typeof given !== "number") return undefined;
  if (indicator.reads === "column") return ColumnObject.of(values[0])?.kept(indicator, given);
  return indicator.reads === "klines" ? CandlesObject.of(values[0])?.kept(indicator, given) : undefined;
}

type Callback = (item: unknown, index: number, all: unknown) => unknown;

/** The contract's functions, as methods of their names. */
for (const [at, { name }] of INDICATORS.entries()) {
  Object.defineProperty(Runtime.prototype, name, {
    value(this: Runtime, ...values: unknown[]): unknown {
      return this.indicator(at, values);
    },
  });
}
for (const [at, { name }] of HELPERS.entries()) {
  Object.defineProperty(Runtime.prototype, name, {
    value(this: Runtime, items: unknown, ...values: unknown[]): unknown {
      return this.helper(at, items, values);
    },
  });
}

const NO_MATCH: FilterOutcome = { kind: "no_match" };

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** Whether it is an object of the filter's own or a row, whose fields are values and nothing else. */
function isPlain(value: unknown): value is object {
  return isObject(value) && Object.getPrototypeOf(value) === Object.prototype;
}

/** Any value but an object, for an operator that makes a number of it. */
function plain(value: unknown): number {
  return isObject(value) ? handOver() : (value as number);
}

function isBound(value: unknown): value is number | undefined {
  return value === undefined || typeof value === "number";
}
