import type { Kline, Ticker } from "../core/mod.ts";
import {
  type Argument,
  type Column,
  type Facts,
  type FilterInput,
  type FilterOutcome,
  HELPERS,
  helperAnswer,
  INDICATORS,
  type Indicator,
  KlinesWanted,
  MAX_FACTS_LENGTH,
  MAX_OWN_NUMBERS,
  ownColumn,
} from "../strategy/mod.ts";
import { argumentOf, CandlesObject, ColumnObject, rowsOf } from "./contract-objects.ts";
import { TOOK_TOO_LONG } from "./machine.ts";
import type { SymbolClock } from "./symbol-clock.ts";
import type { Sightings } from "./trace/sightings.ts";

/**
 * Steps that a compiled filter may take for one symbol, of some 5 to 20 ns each: one for each operation, more for what goes
 * through texts, arrays and columns, by their lengths. They bound its time to some 10 ms and its memory to some 16 MB.
 */
export const MAX_STEPS = 1_000_000;

/** The clock is looked at each time that so many steps were taken; most filters never get there. */
const STEPS_A_LOOK = 50_000;

/** What an indicator costs in steps, and each number of the filter's own that goes into one. */
const STEPS_PER_INDICATOR = 200;
const STEPS_PER_OWN_NUMBER = 10;
/** So many numbers that an indicator looks at cost as much as a step. */
const NUMBERS_PER_STEP = 12;

/** What an array or an object costs besides its parts. */
const STEPS_PER_OBJECT = 8;

/** What operations on texts cost in steps, by their UTF-16 units: comparing, making one, and making a number of one. */
const UNITS_COMPARED_PER_STEP = 16;
const UNITS_MADE_PER_STEP = 4;
const UNITS_READ_PER_STEP = 4;

/** What making a number into text costs besides its digits. */
const STEPS_PER_NUMBER_TEXT = 16;

/** The longest text that a compiled filter makes; longer ones are for the machine with the memory bound. */
const MAX_TEXT = 4_096;

/** The most values in a match's facts, counted as they are written, and how deep they may be nested: both engines can tell such ones. */
const MAX_FACT_VALUES = 1_000;
const MAX_FACT_DEPTH = 32;

/**
 * Thrown where a compiled filter meets an edge case outside of the compiled subset of JavaScript: QuickJS then runs it from the start, and
 * its result counts. So this engine needn't imitate edge cases, mistakes or their messages.
 */
export class HandOver extends Error {}

const HAND_OVER: HandOver = new HandOver("for the other engine");

/** Thrown where a compiled filter's time is over by the clock: another engine would take longer still. */
class TimeIsOver extends Error {}

const TIME_IS_OVER: TimeIsOver = new TimeIsOver(TOOK_TOO_LONG);

function handOver(): never {
  throw HAND_OVER;
}

/** What compiled filters call, as `$`. One serves all symbols one by one. */
export class Runtime {
  symbol = "";
  closeTime = 0;
  ticker: Ticker | undefined;
  readonly timeframes: object = Object.freeze(Object.create(null));
  readonly #clock: SymbolClock;
  readonly #observes: boolean;
  readonly #sightings: Sightings | undefined;
  #input: FilterInput | undefined;
  #steps = 0;
  /** The clock is looked at when no more than so many steps are left. */
  #lookAt = 0;
  readonly #candles: Map<string, CandlesObject> = new Map();

  /** `observes`: whether each run tells its input how far back its indicators look. `sightings`: where the values go that are watched. */
  constructor(clock: SymbolClock, observes: boolean, sightings?: Sightings) {
    this.#clock = clock;
    this.#sightings = sightings;
    this.#observes = observes;
  }

  /** Runs a compiled filter. Throws {@link HandOver} where the other engine is to. */
  run(filter: ($: Runtime) => unknown, input: FilterInput): FilterOutcome {
    this.symbol = input.symbol;
    this.closeTime = input.closeTime;
    this.ticker = input.ticker;
    this.#input = input;
    this.#steps = MAX_STEPS;
    this.#lookAt = MAX_STEPS - STEPS_A_LOOK;
    this.#candles.clear();
    try {
      const outcome = this.#outcome(filter(this));
      return this.#clock.isOver() ? STOPPED : outcome;
    } catch (cause) {
      if (cause instanceof TimeIsOver) return STOPPED;
      if (cause instanceof KlinesWanted) {
        input.want(cause.interval, cause.wanted);
        return { kind: "skipped", reason: cause.message, interval: cause.interval, wanted: cause.wanted };
      }
      throw cause instanceof HandOver ? cause : HAND_OVER;
    }
  }

  #outcome(answer: unknown): FilterOutcome {
    if (typeof answer !== "object" || answer === null) return answer ? { kind: "match", facts: undefined } : NO_MATCH;
    const { match, facts } = answer as { match?: unknown; facts?: unknown };
    if (!isPlain(answer) || match === undefined) handOver();
    for (const name in answer) if (name !== "match" && name !== "facts") handOver();
    if (!match) return NO_MATCH;
    if (facts === undefined || facts === null) return { kind: "match", facts: undefined };
    if (typeof facts !== "object" || !isPlain(facts)) handOver();
    checkFacts(facts, 0, { values: MAX_FACT_VALUES, units: MAX_FACTS_LENGTH });
    const text = JSON.stringify(facts);
    return text.length > MAX_FACTS_LENGTH ? handOver() : { kind: "match", facts: JSON.parse(text) as Facts };
  }

  /** A value that is watched. It stays what it is. */
  saw<Value>(probe: number, value: Value): Value {
    this.#sightings?.see(probe, value);
    return value;
  }

  /** What a loop's turn, a function's call or a branch costs, so many operations, before it begins. */
  step(operations: number): void {
    this.#steps -= operations;
    if (this.#steps < this.#lookAt) this.#look();
  }

  #charge(steps: number): void {
    this.#steps -= steps;
    // Written so that a charge of NaN is looked at, too: it would switch the budget off.
    if (!(this.#steps >= this.#lookAt)) this.#look();
  }

  #look(): void {
    if (!(this.#steps >= 0)) handOver();
    this.#lookAt = Math.max(0, this.#steps - STEPS_A_LOOK);
    if (!this.#clock.hasBegun) this.#clock.begin();
    else if (this.#clock.isOver()) throw TIME_IS_OVER;
  }

  // Operators. Numbers first; other plain values as the language has them; objects go to the other engine.

  add(a: unknown, b: unknown): unknown {
    if (typeof a === "number" && typeof b === "number") return a + b;
    if (typeof a !== "string" && typeof b !== "string") return this.number(a) + this.number(b);
    return this.joined([a, b]);
  }
  subtract(a: unknown, b: unknown): number {
    return typeof a === "number" && typeof b === "number" ? a - b : this.number(a) - this.number(b);
  }
  multiply(a: unknown, b: unknown): number {
    return typeof a === "number" && typeof b === "number" ? a * b : this.number(a) * this.number(b);
  }
  divide(a: unknown, b: unknown): number {
    return typeof a === "number" && typeof b === "number" ? a / b : this.number(a) / this.number(b);
  }
  remainder(a: unknown, b: unknown): number {
    return typeof a === "number" && typeof b === "number" ? a % b : this.number(a) % this.number(b);
  }
  less(a: unknown, b: unknown): boolean {
    if (typeof a === "number" && typeof b === "number") return a < b;
    return typeof a === "string" && typeof b === "string" ? this.#compared(a) < b : this.number(a) < this.number(b);
  }
  atMost(a: unknown, b: unknown): boolean {
    if (typeof a === "number" && typeof b === "number") return a <= b;
    return typeof a === "string" && typeof b === "string" ? this.#compared(a) <= b : this.number(a) <= this.number(b);
  }
  more(a: unknown, b: unknown): boolean {
    if (typeof a === "number" && typeof b === "number") return a > b;
    return typeof a === "string" && typeof b === "string" ? this.#compared(a) > b : this.number(a) > this.number(b);
  }
  atLeast(a: unknown, b: unknown): boolean {
    if (typeof a === "number" && typeof b === "number") return a >= b;
    return typeof a === "string" && typeof b === "string" ? this.#compared(a) >= b : this.number(a) >= this.number(b);
  }
  same(a: unknown, b: unknown): boolean {
    if (typeof a === "number" || typeof b === "number") return a === b;
    if (typeof a === "string" && typeof b === "string") return this.#compared(a) === b;
    return isObject(a) && isObject(b) ? handOver() : a === b;
  }
  differs(a: unknown, b: unknown): boolean {
    return !this.same(a, b);
  }
  number(value: unknown): number {
    if (typeof value === "number") return value;
    if (isObject(value)) return handOver();
    if (typeof value === "string") this.#chargeText(value, UNITS_READ_PER_STEP);
    return Number(value);
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
      if (typeof part === "number") this.#charge(STEPS_PER_NUMBER_TEXT);
      text += String(part);
      if (text.length > MAX_TEXT) handOver();
    }
    this.#charge(parts.length);
    this.#chargeText(text, UNITS_MADE_PER_STEP);
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

  /** What a method is called on. The other engine says what is wrong where there is nothing. */
  there(value: unknown): unknown {
    return value === undefined || value === null ? handOver() : value;
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
    if (typeof on === "string") {
      this.#chargeText(on, UNITS_MADE_PER_STEP);
      return on.slice(from, to);
    }
    const column = ColumnObject.of(on);
    const part = column === undefined ? this.#array(on).slice(from, to) : Array.from(column.values.slice(from, to));
    this.#charge(STEPS_PER_OBJECT + part.length);
    return part;
  }
  push_(on: unknown, ...items: unknown[]): number {
    this.#charge(2 * items.length);
    return Array.isArray(on) && !Object.isFrozen(on) ? on.push(...items) : handOver();
  }
  includes_(on: unknown, item: unknown, ...from: unknown[]): boolean {
    if (from.length > 0) handOver();
    if (typeof on === "string" && typeof item === "string") return this.#searched(on, item).includes(item);
    return this.#searchable(on, item).includes(item);
  }
  indexOf_(on: unknown, item: unknown, ...from: unknown[]): number {
    if (from.length > 0) handOver();
    if (typeof on === "string" && typeof item === "string") return this.#searched(on, item).indexOf(item);
    return this.#searchable(on, item).indexOf(item);
  }
  join_(on: unknown, separator: unknown = ","): string {
    const items = this.#array(on);
    if (typeof separator !== "string") handOver();
    this.#charge(2 * items.length);
    return this.joined(items.flatMap((item, at) => [at === 0 ? "" : separator, item ?? ""]));
  }
  toFixed_(on: unknown, digits: unknown = 0): string {
    if (typeof on !== "number" || typeof digits !== "number") handOver();
    // NaN stands for 0, and fits no comparison.
    this.#charge(STEPS_PER_NUMBER_TEXT + (digits > 0 ? 2 * digits : 0));
    return on.toFixed(digits);
  }
  startsWith_(on: unknown, text: unknown, ...from: unknown[]): boolean {
    if (typeof on !== "string" || typeof text !== "string" || from.length > 0) return handOver();
    this.#chargeText(text, UNITS_COMPARED_PER_STEP);
    return on.startsWith(text);
  }
  endsWith_(on: unknown, text: unknown, ...to: unknown[]): boolean {
    if (typeof on !== "string" || typeof text !== "string" || to.length > 0) return handOver();
    this.#chargeText(text, UNITS_COMPARED_PER_STEP);
    return on.endsWith(text);
  }
  map_(on: unknown, call: Callback): unknown[] {
    const items = this.#array(on);
    this.#charge(STEPS_PER_OBJECT + items.length);
    return items.map(call);
  }
  filter_(on: unknown, call: Callback): unknown[] {
    const items = this.#array(on);
    this.#charge(STEPS_PER_OBJECT + items.length);
    return items.filter(call);
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
    // As many items as there were: what is pushed meanwhile isn't for this one.
    this.#array(on).forEach(call);
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
    if (this.#observes) this.#observe(columns);
    if (columns.length === 1) return new ColumnObject(columns[0] as Column);
    const objects = columns.map((column) => new ColumnObject(column));
    return Object.fromEntries(indicator.outputs.map((output, index) => [output, objects[index]]));
  }

  #observe(columns: readonly Column[]): void {
    this.#at().observe(columns);
    for (const { klinesWantedSteps } of columns) this.#charge(klinesWantedSteps / NUMBERS_PER_STEP);
  }

  /** What is computed costs what it takes: most indicators look back by their parameters at each of the numbers. */
  #computed(indicator: Indicator, given: readonly Argument[]): readonly Column[] {
    this.#chargeComputing(given, indicator.outputs.length);
    return this.#at().calculator.call(indicator, given);
  }

  #chargeComputing(given: readonly Argument[], outputs: number): void {
    let [numbers, lookBack] = [0, 1];
    for (const one of given) {
      if (one.kind === "column") numbers = Math.max(numbers, one.column.values.length);
      else if (one.kind === "klines") numbers = Math.max(numbers, one.source.klines.length);
      else if (one.kind === "number" && one.value > 0) lookBack += one.value;
    }
    this.#charge(Math.ceil(numbers * outputs + (numbers * lookBack) / NUMBERS_PER_STEP));
  }

  /** Called by the methods that helpers become. */
  helper(at: number, items: unknown, values: readonly unknown[]): unknown {
    this.#charge(STEPS_PER_INDICATOR);
    const helper = HELPERS[at];
    if (helper === undefined) return handOver();
    const column = this.#own(items, helper.reads);
    if (column.kind !== "column") return handOver();
    const given = values.map((value) => argumentOf(value) ?? handOver());
    this.#chargeComputing([column, ...given], 3);
    const { values: numbers } = column.column;
    const answer = helperAnswer(helper, this.#at().calculator, numbers, given);
    if (this.#observes) this.#at().observeHelper(helper, numbers, given);
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

  /** An array to look for something in that isn't an object. */
  #searchable(value: unknown, item: unknown): unknown[] {
    if (isObject(item)) handOver();
    const items = this.#array(value);
    if (typeof item === "string") this.#charge(items.length * Math.ceil(item.length / UNITS_COMPARED_PER_STEP));
    return items;
  }

  /** A text to look for another one in: at each place as much of that may be compared as there is. */
  #searched(text: string, item: string): string {
    const places = Math.max(0, text.length - item.length) + 1;
    this.#charge(Math.ceil((places * (1 + item.length)) / UNITS_COMPARED_PER_STEP));
    return text;
  }

  #compared(text: string): string {
    this.#chargeText(text, UNITS_COMPARED_PER_STEP);
    return text;
  }

  #chargeText(text: string, unitsPerStep: number): void {
    this.#charge(1 + text.length / unitsPerStep);
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
const STOPPED: FilterOutcome = { kind: "stopped", message: TOOK_TOO_LONG };

function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** Whether it is an object of the filter's own or a row, whose fields are values and nothing else. */
function isPlain(value: unknown): value is object {
  return isObject(value) && Object.getPrototypeOf(value) === Object.prototype;
}

/** Hands over facts that the other engine may see otherwise, or that are more than facts may be. */
function checkFacts(value: unknown, depth: number, left: { values: number; units: number }): void {
  left.values -= 1;
  if (typeof value === "string") left.units -= value.length;
  if (left.values < 0 || left.units < 0 || depth > MAX_FACT_DEPTH) handOver();
  if (typeof value !== "object" || value === null) return;
  if (!Array.isArray(value) && !isPlain(value)) handOver();
  for (const part of Object.values(value)) checkFacts(part, depth + 1, left);
}

function isBound(value: unknown): value is number | undefined {
  return value === undefined || typeof value === "number";
}
