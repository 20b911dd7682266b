import type { Kline } from "./kline.ts";
import type { Symbol } from "./symbol.ts";
import type { UnixMs } from "./time.ts";

/**
 * A symbol's rolling 24 hours. Prices, `priceChange` and `quoteVolume` are in the quote asset, `volume` in the base
 * asset, `priceChangePercent` in percent of `open`; `updatedAt` is the exchange's event time, never the local clock.
 */
export interface Ticker {
  symbol: Symbol;
  price: number;
  open: number;
  high: number;
  low: number;
  volume: number;
  quoteVolume: number;
  priceChange: number;
  priceChangePercent: number;
  updatedAt: UnixMs;
  /**
   * How much time the figures cover, in milliseconds, where that is less than 24 hours: they were added up from the klines
   * that are held, as no exchange told them. Left out where they cover the whole day.
   */
  windowMs?: number;
}

const DAY_MS = 86_400_000;

/** What a ticker is derived from: the exchange's mini ticker tells these and leaves change and percent to the reader. */
export type TickerFigures = Omit<Ticker, "priceChange" | "priceChangePercent" | "windowMs">;

/** Adds change and percent to a ticker's figures, rounded to the 8 and 3 decimals that the exchange prints. */
export function tickerOf(figures: TickerFigures): Ticker {
  const priceChange = rounded(figures.price - figures.open, 1e8);
  const priceChangePercent =
    figures.open === 0 ? 0 : rounded((100 * (figures.price - figures.open)) / figures.open, 1e3);
  return { ...figures, priceChange, priceChangePercent };
}

/**
 * A ticker from klines (oldest first, any interval up to a day), for where no ticker stream exists: the klines that
 * open within 24 hours before `updatedAt`, or what there is. Undefined without any.
 */
export function tickerFromKlines(symbol: Symbol, klines: Iterable<Kline>, updatedAt: UnixMs): Ticker | undefined {
  let figures: TickerFigures | undefined;
  for (const kline of klines) {
    if (kline.openTime <= updatedAt - DAY_MS || kline.openTime > updatedAt) continue;
    if (figures === undefined) {
      const { open, high, low, close, volume, quoteVolume } = kline;
      figures = { symbol, price: close, open, high, low, volume, quoteVolume, updatedAt };
      continue;
    }
    figures.price = kline.close;
    figures.high = Math.max(figures.high, kline.high);
    figures.low = Math.min(figures.low, kline.low);
    figures.volume += kline.volume;
    figures.quoteVolume += kline.quoteVolume;
  }
  if (figures === undefined) return undefined;
  figures.volume = rounded(figures.volume, 1e8);
  figures.quoteVolume = rounded(figures.quoteVolume, 1e8);
  return tickerOf(figures);
}

function rounded(value: number, units: number): number {
  return Math.round(value * units) / units;
}
