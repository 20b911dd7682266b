import { type Ticker, tickerFromKlines, type UnixMs } from "../core/mod.ts";
import { readKlines } from "./read.ts";
import type { Series } from "./series.ts";

const DAY_MS = 86_400_000;

/**
 * Tickers of the symbols of which the exchange sent none, derived from their 1m klines. Such a ticker follows from its series
 * alone: it is of the moment at which the last kline closed, or opened where that is still open.
 */
export class DerivedTickers {
  readonly #cache: WeakMap<Series, { readonly version: number; readonly ticker: Ticker | undefined }> = new WeakMap();

  /** The ticker of the symbol whose 1m series this is; undefined while it holds no kline. */
  of(series: Series): Ticker | undefined {
    const { version } = series;
    const cached = this.#cache.get(series);
    if (cached?.version === version) return cached.ticker;
    const ticker = derive(series);
    this.#cache.set(series, { version, ticker });
    return ticker;
  }
}

function derive(series: Series): Ticker | undefined {
  const klines = readKlines(series, { first: 0, end: series.ring.length });
  const [first, last] = [klines[0], klines.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const updatedAt = (last.closed ? last.closeTime + 1 : last.openTime) as UnixMs;
  const ticker = tickerFromKlines(series.symbol, klines, updatedAt);
  const windowMs = updatedAt - first.openTime;
  return ticker === undefined || windowMs >= DAY_MS ? ticker : { ...ticker, windowMs };
}
