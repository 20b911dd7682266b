import type { RestProtocol } from "../exchange.ts";
import { binanceRest } from "./rest.ts";

/**
 * Binance's spot market by REST. Of 3,000 symbols, exchangeInfo has about 20 MB and the tickers 1.5 MB; 1,000 klines, the most that
 * one request gives, have 0.2 MB. Source: Binance spot API, 2026-07.
 */
export const BINANCE_REST: RestProtocol = binanceRest({
  market: "binance",
  // For market data; no account is needed.
  url: "https://data-api.binance.vision",
  root: "/api/v3",
  weights: { klines: 2, symbols: 20, tickers: 80, time: 1 },
  weightPerMinute: 6_000,
  rows: 1_000,
});
