import type { Interval, Symbol, Ticker, UnixMs } from "../core/mod.ts";
import type { Argument, Calculator } from "./calculator.ts";
import type { Column, ColumnSource } from "./column.ts";
import type { Helper } from "./helpers.ts";
import type { ClosedKlines } from "./kline-window.ts";
import { FilterMistake } from "./mistakes.ts";

/** What a filter sees of one symbol at one close. */
export class FilterInput {
  readonly symbol: Symbol;
  /** The last millisecond of the candle that closed; no kline of any interval ends later. */
  readonly closeTime: UnixMs;
  readonly ticker: Ticker | undefined;
  readonly calculator: Calculator;
  readonly windows: ReadonlyMap<Interval, ClosedKlines>;
  /** Whether it sees fewer klines than a run at the close did, as older ones are no longer kept. */
  readonly isShortened: boolean;
  readonly #sources: Map<string, ColumnSource> = new Map();
  /** For each interval the most klines that an indicator of the present run looks back over, where that is more than there are. */
  #wanted: Map<Interval, number> | undefined;

  constructor(
    symbol: Symbol,
    closeTime: UnixMs,
    ticker: Ticker | undefined,
    windows: ReadonlyMap<Interval, ClosedKlines>,
    calculator: Calculator,
  ) {
    this.symbol = symbol;
    this.closeTime = closeTime;
    this.ticker = ticker;
    this.calculator = calculator;
    this.windows = windows;
    this.isShortened = [...windows.values()].some(({ cut }) => cut);
  }

  /** The filter's intervals. */
  get timeframes(): Interval[] {
    return [...this.windows.keys()];
  }

  /** The same with a ticker. */
  withTicker(ticker: Ticker): FilterInput {
    return new FilterInput(this.symbol, this.closeTime, ticker, this.windows, this.calculator);
  }

  /** To be called with what an indicator answered, so that a run with too short a window is made again with a longer one. */
  observe(columns: readonly Column[]): void {
    for (const { source, klinesWanted } of columns) {
      if (source !== undefined && klinesWanted > source.klines.length) this.want(source.interval, klinesWanted);
    }
  }

  /**
   * To be called with the numbers that a helper was given. They come from an array of klines, which doesn't say where it is from: where
   * they begin and end as a window does, a longer window would give the helper more.
   */
  observeHelper({ indicator, reads }: Helper, numbers: Float64Array, parameters: readonly Argument[]): void {
    const { length } = numbers;
    for (const [interval, klines] of this.windows) {
      const values = klines[reads];
      if (length === 0 || length > values.length) continue;
      if (numbers[0] !== values[0] || numbers[length - 1] !== values[length - 1]) continue;
      const column = this.source(interval).column(reads);
      const columns = this.calculator.facts(indicator, [{ kind: "column", column }, ...parameters]);
      const wanted = Math.max(...columns.map(({ klinesWanted }) => klinesWanted)) + values.length - length;
      if (wanted > values.length) this.want(interval, wanted);
    }
  }

  /** To be called where an indicator lacks klines. */
  want(interval: Interval, klines: number): void {
    this.#wanted ??= new Map();
    this.#wanted.set(interval, Math.max(klines, this.#wanted.get(interval) ?? 0));
  }

  /** What the run since the last call would have needed; undefined if it had all of it. */
  takeWanted(): ReadonlyMap<Interval, number> | undefined {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    return wanted;
  }

  /** The klines of one of the filter's intervals. Throws {@link FilterMistake} that lists them. */
  source(interval: string): ColumnSource {
    const known = this.#sources.get(interval);
    if (known !== undefined) return known;
    const klines = this.windows.get(interval as Interval);
    if (klines !== undefined) {
      const source = this.calculator.source(interval as Interval, klines);
      this.#sources.set(interval, source);
      return source;
    }
    const shown = interval.length > 20 ? `${interval.slice(0, 20)}…` : interval;
    throw new FilterMistake(
      `"${shown}" is not among the filter's timeframes: expected one of ${this.timeframes.join(", ")}`,
    );
  }
}
