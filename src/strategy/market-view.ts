import type { Interval, Kline, Symbol, Ticker } from "../core/mod.ts";
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
}

/** A market of arrays, which doesn't move. */
export function viewOfArrays(series: readonly KlineArray[], tickers: readonly Ticker[] = []): MarketView {
  const kept = new Map<string, { readonly series: ClosedSeries; readonly settled: boolean }>();
  for (const { symbol, interval, klines, settled } of series) {
    const closed = new ClosedSeries(interval);
    for (const kline of klines) if (kline.closed) closed.append(kline, klines.length);
    kept.set(`${symbol} ${interval}`, { series: closed, settled });
  }
  const symbols = [...new Set(series.map(({ symbol }) => symbol))].sort();
  const present = new Map(tickers.map((ticker) => [ticker.symbol, ticker]));
  return {
    symbols: () => symbols,
    closed: (symbol, interval, moment, most) => {
      const one = kept.get(`${symbol} ${interval}`);
      return one?.series.window(moment, most, () => ({ settled: one.settled, cut: false }));
    },
    version: () => 0,
    ticker: (symbol) => present.get(symbol),
  };
}
