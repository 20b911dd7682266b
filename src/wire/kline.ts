import { type Kline, OPTIONAL_COLUMNS, type OptionalColumn, type Ticker } from "../core/mod.ts";

/** A kline as JSON has it: null for a figure that is unknown. In core that is NaN, which JSON doesn't have. */
export interface WireKline extends Omit<Kline, OptionalColumn> {
  quoteVolume: number | null;
  trades: number | null;
  takerBuyVolume: number | null;
  takerBuyQuoteVolume: number | null;
}

/** A ticker as JSON has it. Its quote volume is null where a recording lacks it, or where it was added up from klines without one. */
export interface WireTicker extends Omit<Ticker, "quoteVolume"> {
  quoteVolume: number | null;
}

/** The kline as core computes with it: NaN for what is unknown. The same object where nothing is. */
export function klineOf(kline: Readonly<WireKline>): Readonly<Kline> {
  if (OPTIONAL_COLUMNS.every((column) => kline[column] !== null)) return kline as Kline;
  const { quoteVolume, trades, takerBuyVolume, takerBuyQuoteVolume } = kline;
  return {
    ...kline,
    quoteVolume: quoteVolume ?? Number.NaN,
    trades: trades ?? Number.NaN,
    takerBuyVolume: takerBuyVolume ?? Number.NaN,
    takerBuyQuoteVolume: takerBuyQuoteVolume ?? Number.NaN,
  };
}

/** The ticker as core computes with it. */
export function tickerFrom(ticker: Readonly<WireTicker>): Readonly<Ticker> {
  return ticker.quoteVolume === null ? { ...ticker, quoteVolume: Number.NaN } : (ticker as Ticker);
}
