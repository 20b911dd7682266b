/** The markets that are known, by the names that settings, metrics and the database use. */
export const MARKET_IDS = ["binance", "binance-usdm", "bybit", "bybit-linear"] as const;

/** One of {@link MARKET_IDS}. */
export type MarketId = (typeof MARKET_IDS)[number];

/** Whether the text is one of {@link MARKET_IDS}. */
export function isMarketId(text: string): text is MarketId {
  return (MARKET_IDS as readonly string[]).includes(text);
}

/** What a market is called, in words. */
export const MARKET_NAMES: Readonly<Record<MarketId, string>> = {
  binance: "Binance spot",
  "binance-usdm": "Binance USDⓈ-M perpetuals",
  bybit: "Bybit spot",
  "bybit-linear": "Bybit linear perpetuals",
};
