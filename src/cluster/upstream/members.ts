import { type Kline, readOptionalCount, type Symbol, type TickerFigures, type UnixMs } from "../../core/mod.ts";

/** An object of JSON, as the upstream sent it. */
export type Members = Readonly<Record<string, unknown>>;

/** Whether a value of JSON is an object or a list. */
export function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null;
}

/** A moment in whole milliseconds, or NaN. */
export function momentOf(value: unknown): UnixMs {
  return (Number.isSafeInteger(value) ? value : Number.NaN) as UnixMs;
}

/** Reads a kline, as the wire has it, into another one. What isn't a figure is NaN, or unreadable where NaN is believed. */
export function fillKline(kline: Members, into: Kline): void {
  into.openTime = momentOf(kline.openTime);
  into.open = figureOf(kline.open);
  into.high = figureOf(kline.high);
  into.low = figureOf(kline.low);
  into.close = figureOf(kline.close);
  into.volume = figureOf(kline.volume);
  into.closeTime = momentOf(kline.closeTime);
  into.quoteVolume = readOptionalCount(kline.quoteVolume);
  into.trades = readOptionalCount(kline.trades);
  into.takerBuyVolume = readOptionalCount(kline.takerBuyVolume);
  into.takerBuyQuoteVolume = readOptionalCount(kline.takerBuyQuoteVolume);
  into.closed = kline.closed === true;
}

/** Reads a ticker, as the wire has it. Change and percent follow from these. */
export function tickerFigures(ticker: Members): TickerFigures {
  return {
    symbol: ticker.symbol as Symbol,
    price: figureOf(ticker.price),
    open: figureOf(ticker.open),
    high: figureOf(ticker.high),
    low: figureOf(ticker.low),
    volume: figureOf(ticker.volume),
    quoteVolume: readOptionalCount(ticker.quoteVolume),
    updatedAt: momentOf(ticker.updatedAt),
  };
}

function figureOf(value: unknown): number {
  return typeof value === "number" ? value : Number.NaN;
}
