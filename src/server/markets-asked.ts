import {
  FIRST_MARKET,
  isWildcard,
  MARKET_NAMES,
  type MarketId,
  marketOf,
  type Symbol,
  type Wildcard,
  wildcardOf,
} from "../core/mod.ts";
import { firstStore, type MarketReader, type MarketStore, storesMeant } from "../store/mod.ts";
import { RequestProblem } from "./problem.ts";

/**
 * The markets that a request is about, by the members `symbol`, `symbols` and `market` of its parameters or its body: the server's first one
 * where it names none. Undefined for all of them.
 */
export function marketsAbout(asked: unknown, markets: MarketReader): ReadonlySet<MarketId> | undefined {
  const { symbol, symbols, market } = (asked ?? {}) as {
    symbol?: Symbol;
    symbols?: readonly (Symbol | Wildcard)[];
    market?: MarketId | "all";
  };
  if (market !== undefined) return market === "all" ? undefined : new Set([market]);
  const named = symbol === undefined ? symbols : [symbol];
  if (named === undefined) return new Set([firstStore(markets).market]);
  return new Set(
    named.flatMap((one) =>
      isWildcard(one) ? storesMeant(one, markets).map((store) => store.market) : [marketOf(one)],
    ),
  );
}

/** The store of a market that a request names, or of the server's first one. Throws a problem where the server doesn't have it. */
export function storeAsked(market: MarketId | undefined, markets: MarketReader): MarketStore {
  const store = market === undefined ? firstStore(markets) : markets.of(market);
  if (store !== undefined) return store;
  const known = markets.stores.map((one) => one.market).join(", ");
  throw new RequestProblem("invalid_parameter", `market: this server doesn't have ${market}: expected one of ${known}`);
}

/** The stores that a wildcard means. Throws a problem where the server has none of them. */
export function storesAsked(wildcard: Wildcard, markets: MarketReader): readonly MarketStore[] {
  const stores = storesMeant(wildcard, markets);
  if (stores.length > 0) return stores;
  const known = markets.stores
    .map(({ market }) => `${wildcardHere(market, markets)} (${MARKET_NAMES[market]})`)
    .join(", ");
  throw new RequestProblem(
    "unknown_symbol",
    `${wildcard} means a market that this server doesn't have: it has ${known}`,
  );
}

/** What channels of this server call all symbols of a market: `*` for its first one. Each has one name by it. */
export function wildcardHere(market: MarketId, markets: MarketReader): Wildcard {
  return market === firstStore(markets).market ? FIRST_MARKET : wildcardOf(market);
}
