import type { RestProtocol } from "../exchange.ts";
import { binanceRest } from "./rest.ts";

/** `/fapi/v1/klines` gives 1,500 rows, for a weight of 10; so many cost 2, which is the most for what is spent. */
const ROWS = 499;

/** Fewer rows than this cost half of that. */
const CHEAP_BELOW = 100;

const WEIGHT_OF_KLINES = 2;

/**
 * Binance's USDⓈ-M market by REST. Of 700 contracts, exchangeInfo has about 1.5 MB and the tickers 0.3 MB; 499 klines have 0.1 MB.
 * Source: Binance USDⓈ-M futures API, 2026-11.
 */
export const USDM_REST: RestProtocol = binanceRest({
  market: "binance-usdm",
  url: "https://fapi.binance.com",
  root: "/fapi/v1",
  weights: { klines: WEIGHT_OF_KLINES, symbols: 1, tickers: 40, time: 1 },
  weightPerMinute: 2_400,
  rows: ROWS,
  fewer: (candles) => {
    const limit = Math.min(ROWS, candles);
    return { limit, weight: limit < CHEAP_BELOW ? 1 : WEIGHT_OF_KLINES };
  },
});
