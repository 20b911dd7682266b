import type { Interval, Symbol, Ticker, UnixMs } from "../core/mod.ts";
import type { Calculator } from "./calculator.ts";
import type { ColumnSource } from "./column.ts";
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
  readonly #sources: Map<string, ColumnSource> = new Map();

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
  }

  /** The filter's intervals. */
  get timeframes(): Interval[] {
    return [...this.windows.keys()];
  }

  /** The same with a ticker. */
  withTicker(ticker: Ticker): FilterInput {
    return new FilterInput(this.symbol, this.closeTime, ticker, this.windows, this.calculator);
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
