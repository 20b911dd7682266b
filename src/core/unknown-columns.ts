import type { OptionalColumn } from "./kline.ts";
import { MARKET_IDS, MARKET_TABLE, type MarketId } from "./market-table.ts";
import { marketOf, type Symbol } from "./symbol.ts";

/** The columns that a market doesn't send. */
export function unknownColumnsOf(market: MarketId): ReadonlySet<OptionalColumn> {
  return MARKET_TABLE[market].unknown;
}

/** The markets that send a column. */
export function marketsWith(column: OptionalColumn): readonly MarketId[] {
  return MARKET_IDS.filter((market) => !MARKET_TABLE[market].unknown.has(column));
}

/** The markets of these symbols, each once. */
export function marketsOf(symbols: Iterable<Symbol>): readonly MarketId[] {
  const markets = new Set<MarketId>();
  for (const symbol of symbols) markets.add(marketOf(symbol));
  return [...markets];
}
