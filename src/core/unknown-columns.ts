import type { OptionalColumn } from "./kline.ts";
import { MARKET_IDS, MARKET_TABLE, type MarketId } from "./market-table.ts";
import { marketOf, type Symbol } from "./symbol.ts";

const UNKNOWN: ReadonlyMap<MarketId, ReadonlySet<OptionalColumn>> = new Map(
  MARKET_IDS.map((market) => [market, new Set(MARKET_TABLE[market].unknown)]),
);

const NONE: ReadonlySet<OptionalColumn> = new Set();

/** The columns that a market doesn't send. */
export function unknownColumnsOf(market: MarketId): ReadonlySet<OptionalColumn> {
  return UNKNOWN.get(market) ?? NONE;
}

/** The markets that send a column. */
export function marketsWith(column: OptionalColumn): readonly MarketId[] {
  return MARKET_IDS.filter((market) => !MARKET_TABLE[market].unknown.includes(column));
}

/** The markets of these symbols, each once. */
export function marketsOf(symbols: Iterable<Symbol>): readonly MarketId[] {
  const markets = new Set<MarketId>();
  for (const symbol of symbols) markets.add(marketOf(symbol));
  return [...markets];
}
