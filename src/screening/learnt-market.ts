import {
  emptyKline,
  type Interval,
  KLINE_COLUMNS,
  type Kline,
  type Symbol,
  type Ticker,
  type UnixMs,
} from "../core/mod.ts";
import { type ClosedKlines, ClosedSeries, type MarketView } from "../strategy/mod.ts";
import { type MarketNews, ROW_NUMBERS } from "./messages.ts";

/** A series as far as it was told. */
interface Learnt {
  readonly closed: ClosedSeries;
  readonly settled: boolean;
  readonly full: boolean;
}

/** The market in the screening thread: what the other thread told of it. */
export class LearntMarket implements MarketView {
  readonly #series: Map<string, Learnt> = new Map();
  readonly #kline: Kline = { ...emptyKline(), closed: true };
  #symbols: readonly Symbol[] = [];
  #tickers: ReadonlyMap<Symbol, Ticker> = new Map();
  #version = 0;

  learn({ series, rows }: MarketNews): void {
    let [array, at] = [0, 0];
    for (const { symbol, interval, afresh, klines, keep, settled, full } of series) {
      const key = keyOf(symbol, interval);
      const closed = this.#series.get(key)?.closed ?? new ClosedSeries(interval);
      if (afresh) closed.clear();
      if (klines > 0 && at === rows[array]?.length) [array, at] = [array + 1, 0];
      const numbers = rows[array] as Float64Array;
      for (const end = at + klines * ROW_NUMBERS; at < end; at += ROW_NUMBERS) {
        closed.append(this.#klineOf(numbers, at), keep);
      }
      this.#series.set(key, { closed, settled, full });
    }
    if (series.length > 0) this.#version += 1;
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
    return one?.closed.window(moment, most, (klines) => ({ settled: one.settled, cut: klines < most && one.full }));
  }

  version(): number {
    return this.#version;
  }

  ticker(symbol: Symbol): Ticker | undefined {
    return this.#tickers.get(symbol);
  }

  /** One object for all rows: who reads it, copies. */
  #klineOf(rows: Float64Array, at: number): Kline {
    for (const [index, column] of KLINE_COLUMNS.entries()) this.#kline[column] = rows[at + index] as UnixMs;
    return this.#kline;
  }
}

function keyOf(symbol: Symbol, interval: Interval): string {
  return `${symbol} ${interval}`;
}
