import type { OptionalColumn } from "./kline.ts";
import { MARKET_IDS, type MarketId } from "./market-id.ts";
import { marketOf, type Symbol } from "./symbol.ts";

const NONE: ReadonlySet<OptionalColumn> = new Set();

/** Bybit's klines have volume and turnover, in streams and in history (v5: `public/kline`, `market/kline`; read 2026-11). */
const OF_BYBIT: ReadonlySet<OptionalColumn> = new Set(["trades", "takerBuyVolume", "takerBuyQuoteVolume"]);

const UNKNOWN: Readonly<Record<MarketId, ReadonlySet<OptionalColumn>>> = {
  binance: NONE,
  "binance-usdm": NONE,
  bybit: OF_BYBIT,
  "bybit-linear": OF_BYBIT,
};

/** The columns that a market doesn't send. */
export function unknownColumnsOf(market: MarketId): ReadonlySet<OptionalColumn> {
  return UNKNOWN[market];
}

/** The markets that send a column. */
export function marketsWith(column: OptionalColumn): readonly MarketId[] {
  return MARKET_IDS.filter((market) => !UNKNOWN[market].has(column));
}

/** The markets of these symbols, each once. */
export function marketsOf(symbols: Iterable<Symbol>): readonly MarketId[] {
  const markets = new Set<MarketId>();
  for (const symbol of symbols) markets.add(marketOf(symbol));
  return [...markets];
}
