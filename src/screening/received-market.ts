import {
  emptyKline,
  type Interval,
  KLINE_COLUMNS,
  type Kline,
  readRow,
  type Symbol,
  type Ticker,
} from "../core/mod.ts";
import { type ClosedKlines, ClosedSeries, type MarketView } from "../strategy/mod.ts";
import type { MarketUpdate } from "./messages.ts";

const COLUMNS = KLINE_COLUMNS.length;

/** A series as far as it was sent. */
interface Received {
  readonly closed: ClosedSeries;
  readonly certainFrom: number;
  readonly full: boolean;
  readonly hasOlder: boolean;
}

/** The market in the screening thread, as far as the other thread sent it. */
export class ReceivedMarket implements MarketView {
  readonly #series: Map<string, Received> = new Map();
  readonly #kline: Kline = { ...emptyKline(), closed: true };
  #symbols: readonly Symbol[] = [];
  #tickers: ReadonlyMap<Symbol, Ticker> = new Map();
  #version = 0;
  #capacity: number | undefined;
  #intervals: readonly Interval[] = [];

  /** How many series it holds. */
  get size(): number {
    return this.#series.size;
  }

  get capacity(): number | undefined {
    return this.#capacity;
  }

  get intervals(): readonly Interval[] {
    return this.#intervals;
  }

  take({ dropped, series, rows, capacity, intervals }: MarketUpdate): void {
    this.#capacity = capacity;
    this.#intervals = intervals;
    for (const { symbol, interval } of dropped) this.#series.delete(keyOf(symbol, interval));
    let [array, at] = [0, 0];
    for (const { symbol, interval, afresh, klines, keep, certainFrom, full, hasOlder } of series) {
      const key = keyOf(symbol, interval);
      const closed = this.#series.get(key)?.closed ?? new ClosedSeries(interval);
      if (afresh) {
        closed.clear();
        closed.reserve(klines);
      }
      if (klines > 0 && at === rows[array]?.length) [array, at] = [array + 1, 0];
      const numbers = rows[array] as Float64Array;
      for (const end = at + klines * COLUMNS; at < end; at += COLUMNS) {
        // One object for all rows: the series copies what it is given.
        closed.append(readRow(numbers, at, 1, this.#kline), keep);
      }
      this.#series.set(key, { closed, certainFrom, full, hasOlder });
    }
    if (dropped.length + series.length > 0) this.#version += 1;
  }

  /** What the next task is about; the symbols are undefined for the same as before. */
  look(symbols: readonly Symbol[] | undefined, tickers: readonly Ticker[]): void {
    if (symbols !== undefined) this.#symbols = symbols;
    this.#tickers = new Map(tickers.map((ticker) => [ticker.symbol, ticker]));
  }

  symbols(): readonly Symbol[] {
    return this.#symbols;
  }

  closed(symbol: Symbol, interval: Interval, moment: number, most: number): ClosedKlines | undefined {
    const one = this.#series.get(keyOf(symbol, interval));
    return one?.closed.window(moment, most, one, (_, first) => first >= one.certainFrom);
  }

  version(): number {
    return this.#version;
  }

  ticker(symbol: Symbol): Ticker | undefined {
    return this.#tickers.get(symbol);
  }
}

function keyOf(symbol: Symbol, interval: Interval): string {
  return `${symbol} ${interval}`;
}
