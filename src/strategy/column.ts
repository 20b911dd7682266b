import type { Interval, KlineColumn } from "../core/mod.ts";
import { IndicatorResults, type ResultKey } from "./indicator-results.ts";
import { firstNumber, type Indicator } from "./indicators/indicator.ts";
import type { ClosedKlines } from "./kline-window.ts";

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
      column = new Column(this.klines[name], `${this.interval}.${name}`, this, 0);
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
  #results: IndicatorResults | undefined;

  constructor(values: Float64Array, expression: string, source: ColumnSource | undefined, warmUp: number) {
    this.values = values;
    this.expression = expression;
    this.source = source;
    this.warmUp = warmUp;
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
  return new Column(numbers, "[…]", undefined, firstNumber(numbers));
}
