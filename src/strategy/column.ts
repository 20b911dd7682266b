import type { Interval, KlineColumn } from "../core/mod.ts";
import { IndicatorResults, type ResultKey } from "./indicator-results.ts";
import { firstNumber, type Indicator } from "./indicators/indicator.ts";
import type { ClosedKlines } from "./kline-window.ts";
import { klinesFor, type Memory, NO_MEMORY } from "./memory.ts";

/** Where columns come from: the klines of one series at a moment, and what was computed from them. */
export class ColumnSource {
  readonly interval: Interval;
  readonly klines: ClosedKlines;
  /** Of indicators that read klines. */
  readonly results: IndicatorResults = new IndicatorResults();
  /** How many results are kept that come from here, by whatever steps; see {@link MAX_RESULTS_PER_WINDOW}. */
  keptCount = 0;
  readonly #columns: Map<KlineColumn, Column> = new Map();

  constructor(interval: Interval, klines: ClosedKlines) {
    this.interval = interval;
    this.klines = klines;
  }

  /** What an indicator with these parameters made of the klines, if that is kept. */
  kept(indicator: Indicator, key: ResultKey): readonly Column[] | undefined {
    return this.results.get(indicator, key);
  }

  /** A column of the klines as they are: the same object each time. */
  column(name: KlineColumn): Column {
    let column = this.#columns.get(name);
    if (column === undefined) {
      column = new Column(this.klines[name], `${this.interval}.${name}`, this, 0, NO_MEMORY);
      this.#columns.set(name, column);
    }
    return column;
  }
}

/** A column with its origin. Values are never written to. */
export class Column {
  readonly values: Float64Array;
  /** How it came about, such as `rsi(1h.close,14)`: within its source, the same words are the same values. */
  readonly expression: string;
  /** Undefined for numbers that the filter put together itself. */
  readonly source: ColumnSource | undefined;
  /** How many values at its start are NaN, however many there are. */
  readonly warmUp: number;
  /** How far back a value looks. */
  readonly memory: Memory;
  /** How many calls of indicators it is made of; one that several of these read counts each time. */
  readonly calls: number;
  #klines: number | undefined;
  #results: IndicatorResults | undefined;

  constructor(
    values: Float64Array,
    expression: string,
    source: ColumnSource | undefined,
    warmUp: number,
    memory: Memory,
    calls: number = 0,
  ) {
    this.values = values;
    this.expression = expression;
    this.source = source;
    this.warmUp = warmUp;
    this.memory = memory;
    this.calls = calls;
  }

  /** How many klines a window needs for its last value to be right to within the residual. */
  get klinesWanted(): number {
    this.#klines ??= Math.max(this.warmUp + 1, klinesFor(this.memory));
    return this.#klines;
  }

  /** The most steps that finding out {@link klinesWanted} takes, of about a nanosecond each. */
  get klinesWantedSteps(): number {
    return this.memory.ratios.length * this.klinesWanted;
  }

  /** What an indicator with these parameters made of it, if that is kept. */
  kept(indicator: Indicator, key: ResultKey): readonly Column[] | undefined {
    return this.#results?.get(indicator, key);
  }

  /** Of indicators that read this column first. */
  get results(): IndicatorResults {
    this.#results ??= new IndicatorResults();
    return this.#results;
  }
}

/** A column of numbers that the filter put together itself. */
export function ownColumn(numbers: Float64Array): Column {
  return new Column(numbers, "[…]", undefined, firstNumber(numbers), NO_MEMORY);
}
