import { type Kline, readOptionalCount, type Symbol, type TickerFigures } from "../../core/mod.ts";
import { type Members, moment } from "../../feeds/mod.ts";

/** Reads a kline, as the wire has it, into another one. What isn't a figure is NaN, or unreadable where NaN is believed. */
export function fillKline(kline: Members, into: Kline): void {
  into.openTime = moment(kline.openTime);
  into.open = figureOf(kline.open);
  into.high = figureOf(kline.high);
  into.low = figureOf(kline.low);
  into.close = figureOf(kline.close);
  into.volume = figureOf(kline.volume);
  into.closeTime = moment(kline.closeTime);
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
    updatedAt: moment(ticker.updatedAt),
  };
}

function figureOf(value: unknown): number {
  return typeof value === "number" ? value : Number.NaN;
}
