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

/** A market of arrays, which doesn't move. `capacity`: how many klines of a series their source keeps. */
export function viewOfArrays(
  series: readonly KlineArray[],
  tickers: readonly Ticker[] = [],
  capacity?: number,
): MarketView {
  const kept = new Map<string, { readonly series: ClosedSeries; readonly settled: boolean; readonly full: boolean }>();
  for (const { symbol, interval, klines, settled, full = false } of series) {
    const closed = new ClosedSeries(interval);
    for (const kline of klines) if (kline.closed) closed.append(kline, klines.length);
    kept.set(`${symbol} ${interval}`, { series: closed, settled, full });
  }
  const symbols = [...new Set(series.map(({ symbol }) => symbol))].sort();
  const intervals = INTERVALS.filter((one) => series.some(({ interval }) => interval === one));
  const present = new Map(tickers.map((ticker) => [ticker.symbol, ticker]));
  return {
    ...(capacity === undefined ? {} : { capacity }),
    intervals,
    symbols: () => symbols,
    closed: (symbol, interval, moment, most) => {
      const one = kept.get(`${symbol} ${interval}`);
      return one?.series.window(moment, most, { full: one.full, hasOlder: one.full }, () => one.settled);
    },
    version: () => 0,
    ticker: (symbol) => present.get(symbol),
  };
}
