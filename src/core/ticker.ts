import { isAmount, isPrice, type Kline, type OptionalColumn } from "./kline.ts";
import type { Symbol } from "./symbol.ts";
import { isMarketMoment, type UnixMs } from "./time.ts";

/**
 * A symbol's rolling 24 hours. Prices, `priceChange` and `quoteVolume` are in the quote asset, `volume` in the base
 * asset, `priceChangePercent` in percent of `open`; `updatedAt` is the exchange's event time, never the local clock. A `quoteVolume` that
 * is unknown is NaN, and null on the wire.
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
   * that are held, as the exchange sent no ticker. Left out where they cover the whole day.
   */
  windowMs?: number;
}

const DAY_MS = 86_400_000;

/** What a ticker is derived from: the exchange's mini ticker has these, without change and percent. */
export type TickerFigures = Omit<Ticker, "priceChange" | "priceChangePercent" | "windowMs">;

/** Whether the figures of a ticker from outside can be meant. The quote volume may be NaN if it is among the columns that may be `unknown`. */
export function isTickerSane(figures: TickerFigures, unknown?: ReadonlySet<OptionalColumn>): boolean {
  const { price, open, high, low, volume, quoteVolume, updatedAt } = figures;
  // A symbol without a trade in 24 hours has zeros there. The last price may lie outside high and low: the exchange makes
  // them from the same trades, but not at the same moment.
  const arePrices = [open, high, low].every((figure) => figure === 0 || isPrice(figure));
  const isUnknown = Number.isNaN(quoteVolume) && unknown?.has("quoteVolume") === true;
  const areAmounts = isAmount(volume) && (isUnknown || isAmount(quoteVolume));
  return isPrice(price) && arePrices && high >= low && areAmounts && isMarketMoment(updatedAt);
}

/** Adds change and percent to a ticker's figures, rounded to the 8 and 3 decimals that the exchange prints. */
export function tickerOf(figures: TickerFigures): Ticker {
  const priceChange = rounded(figures.price - figures.open, 1e8);
  const priceChangePercent =
    figures.open === 0 ? 0 : rounded((100 * (figures.price - figures.open)) / figures.open, 1e3);
  // Members in one order, so that all servers answer with the same text.
  const { symbol, price, open, high, low, volume, quoteVolume, updatedAt } = figures;
  return { symbol, price, open, high, low, volume, quoteVolume, updatedAt, priceChange, priceChangePercent };
}

/**
 * A ticker from klines (oldest first, any interval up to a day), for where no ticker stream exists: the klines that
 * open within 24 hours before `updatedAt`, or what there is. With an unknown quote volume in one of them, its own is unknown.
 * Undefined without any.
 */
export function tickerFromKlines(symbol: Symbol, klines: Iterable<Kline>, updatedAt: UnixMs): Ticker | undefined {
  const sum = new TickerSum();
  for (const { openTime, open, high, low, close, volume, quoteVolume } of klines) {
    if (openTime > updatedAt - DAY_MS && openTime <= updatedAt) sum.add(open, high, low, close, volume, quoteVolume);
  }
  return sum.ticker(symbol, updatedAt);
}

/** Adds up the figures of klines, oldest first, to those of a ticker. */
export class TickerSum {
  #klines = 0;
  #open = 0;
  #high = 0;
  #low = 0;
  #close = 0;
  #volume = 0;
  #quoteVolume = 0;

  add(open: number, high: number, low: number, close: number, volume: number, quoteVolume: number): void {
    const isFirst = this.#klines === 0;
    if (isFirst) this.#open = open;
    this.#high = isFirst ? high : Math.max(this.#high, high);
    this.#low = isFirst ? low : Math.min(this.#low, low);
    this.#close = close;
    this.#volume += volume;
    this.#quoteVolume += quoteVolume;
    this.#klines += 1;
  }

  /** The ticker, with amounts of 8 decimals. Undefined without any kline. */
  ticker(symbol: Symbol, updatedAt: UnixMs): Ticker | undefined {
    if (this.#klines === 0) return undefined;
    return tickerOf({
      symbol,
      price: this.#close,
      open: this.#open,
      high: this.#high,
      low: this.#low,
      volume: rounded(this.#volume, 1e8),
      quoteVolume: rounded(this.#quoteVolume, 1e8),
      updatedAt,
    });
  }
}

function rounded(value: number, units: number): number {
  return Math.round(value * units) / units;
}
