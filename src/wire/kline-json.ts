import type { Kline, Ticker } from "../core/mod.ts";

/**
 * A kline as JSON text, members in the contract's order. Written out by hand: four times faster than JSON.stringify,
 * and the same text, since both print a number in the shortest form that reads back to the same double, and null for NaN.
 */
export function klineJson(kline: Readonly<Kline>): string {
  return `{"openTime":${kline.openTime},"open":${kline.open},"high":${kline.high},"low":${kline.low},"close":${kline.close},"volume":${kline.volume},"closeTime":${kline.closeTime},"quoteVolume":${figureText(kline.quoteVolume)},"trades":${figureText(kline.trades)},"takerBuyVolume":${figureText(kline.takerBuyVolume)},"takerBuyQuoteVolume":${figureText(kline.takerBuyQuoteVolume)},"closed":${kline.closed}}`;
}

/** Only the columns that a market may not send can be unknown. */
function figureText(figure: number): number | null {
  return Number.isNaN(figure) ? null : figure;
}

/** A ticker as JSON text: null for a quote volume that is unknown. */
export function tickerJson(ticker: Readonly<Ticker>): string {
  return JSON.stringify(ticker);
}
