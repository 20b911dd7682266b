import { INTERVALS, type Interval, type Kline, type Symbol, type Ticker } from "../core/mod.ts";
import { ClosedSeries } from "./closed-series.ts";
import type { ClosedKlines } from "./kline-window.ts";

/** What screening asks of a market. */
export interface MarketView {
  /** The symbols that there are, sorted. */
  symbols(): readonly Symbol[];
  /**
   * At most `most` of the newest klines that had closed by the moment; undefined when the series isn't kept. Gives the same
   * object as long as nothing in it has changed, so that a thousand filters compute an indicator once.
   */
  closed(symbol: Symbol, interval: Interval, moment: number, most: number): ClosedKlines | undefined;
  /** The intervals that it holds, shortest first. */
  readonly intervals: readonly Interval[];
  /** How many closed klines of a series it holds at most; all that it was given where that isn't said. */
  readonly capacity?: number | undefined;
  /** Moves whenever `closed` may answer otherwise than it did. A view that can't tell leaves it out, and is asked each time. */
  version?(): number;
  /** The present ticker. */
  ticker(symbol: Symbol): Ticker | undefined;
}

/** A series as an array, such as a client got it. Open klines in it are left out. */
export interface KlineArray {
  readonly symbol: Symbol;
  readonly interval: Interval;
  /** Oldest first. */
  readonly klines: readonly Kline[];
  /** Whether nothing is missing in it, as the answer said that it came from. */
  readonly settled: boolean;
  /** Whether there may be older klines that weren't read; false unless given. */
  readonly full?: boolean;
}

/** A market of arrays that come one after the other. Their klines are copied, so that nobody need keep them. */
export class ArraysView implements MarketView {
  readonly capacity?: number;
  readonly #kept: Map<string, { readonly series: ClosedSeries; readonly settled: boolean; readonly full: boolean }> =
    new Map();
  readonly #intervals: Set<Interval> = new Set();
  readonly #names: Set<Symbol> = new Set();
  #symbols: readonly Symbol[] | undefined;
  #tickers: ReadonlyMap<Symbol, Ticker> = new Map();

  constructor(capacity?: number) {
    if (capacity !== undefined) this.capacity = capacity;
  }

  add({ symbol, interval, klines, settled, full = false }: KlineArray): void {
    const series = new ClosedSeries(interval);
    series.reserve(klines.length);
    for (const kline of klines) if (kline.closed) series.append(kline, klines.length);
    this.#kept.set(`${symbol} ${interval}`, { series, settled, full });
    this.#intervals.add(interval);
    this.#names.add(symbol);
    this.#symbols = undefined;
  }

  setTickers(tickers: readonly Ticker[]): void {
    this.#tickers = new Map(tickers.map((ticker) => [ticker.symbol, ticker]));
  }

  get intervals(): readonly Interval[] {
    return INTERVALS.filter((interval) => this.#intervals.has(interval));
  }

  symbols(): readonly Symbol[] {
    this.#symbols ??= [...this.#names].sort();
    return this.#symbols;
  }

  closed(symbol: Symbol, interval: Interval, moment: number, most: number): ClosedKlines | undefined {
    const one = this.#kept.get(`${symbol} ${interval}`);
    return one?.series.window(moment, most, { full: one.full, hasOlder: one.full }, () => one.settled);
  }

  version(): number {
    return this.#kept.size;
  }

  ticker(symbol: Symbol): Ticker | undefined {
    return this.#tickers.get(symbol);
  }
}
