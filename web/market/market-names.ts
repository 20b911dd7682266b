import { type MarketId, marketOf, type Symbol } from "../../src/core/mod.ts";

/** A market in a word or two, where a table has no room for more. */
const SHORT_NAMES: Readonly<Record<MarketId, string>> = {
  binance: "Binance",
  "binance-usdm": "Binance perp",
  bybit: "Bybit",
  "bybit-linear": "Bybit perp",
};

/** The market that a symbol's name says, in a word or two. */
export function shortMarketName(symbol: string): string {
  return SHORT_NAMES[marketOf(symbol as Symbol)];
}
