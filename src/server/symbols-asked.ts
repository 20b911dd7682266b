import { type Interval, isWildcard, MARKET_NAMES, marketOf, nearest, type Symbol, type Wildcard } from "../core/mod.ts";
import { allSymbols, type MarketReader, type Series, storesMeant } from "../store/mod.ts";
import { storesAsked } from "./markets-asked.ts";
import { RequestProblem } from "./problem.ts";

/** Symbols and wildcards that a request names. */
export type SymbolsAsked = readonly (Symbol | Wildcard)[];

/** The symbols that are meant, each once; all that are named must be followed. */
export function followed(asked: SymbolsAsked, markets: MarketReader): Symbol[] {
  const symbols = new Set<Symbol>();
  // An address may name the same wildcard two thousand times.
  for (const one of new Set(asked)) {
    if (isWildcard(one)) {
      for (const store of storesAsked(one, markets)) for (const { symbol } of store.symbols()) symbols.add(symbol);
    } else if (markets.hasSymbol(one)) symbols.add(one);
    else throw unknownSymbol(one, markets);
  }
  return [...symbols];
}

/** How many symbols are meant, or more: the same ones count twice. Those that aren't followed count, too. */
export function countAsked(asked: SymbolsAsked, markets: MarketReader): number {
  let count = 0;
  for (const one of asked) {
    if (!isWildcard(one)) count += 1;
    else for (const store of storesMeant(one, markets)) count += store.symbols().length;
  }
  return count;
}

/** A series that must be there. Throws a problem where its symbol isn't followed, or its market doesn't serve the interval. */
export function seriesAsked(symbol: Symbol, interval: Interval, markets: MarketReader): Series {
  const store = markets.of(marketOf(symbol));
  if (store === undefined || !store.hasSymbol(symbol)) throw unknownSymbol(symbol, markets);
  const series = store.served.includes(interval) ? store.series(symbol, interval) : undefined;
  if (series !== undefined) return series;
  throw new RequestProblem(
    "unknown_interval",
    `${MARKET_NAMES[store.market]} has no ${interval} klines here: expected one of ${store.served.join(", ")}`,
  );
}

/** Seconds after which the list of symbols may be there. */
const LIST_WITHIN_SECONDS = 5;

/**
 * The problem of a symbol that isn't followed, with the nearest that is. While none is known, because the exchange hasn't been reached yet,
 * it isn't known either whether this one is followed.
 */
export function unknownSymbol(symbol: Symbol, markets: MarketReader): RequestProblem {
  const store = markets.of(marketOf(symbol));
  const names = (store?.symbols() ?? allSymbols(markets)).map((info) => info.symbol as string);
  if (names[0] === undefined) {
    const detail = `it isn't known yet whether ${symbol} is followed: the exchange's list of symbols has not been read`;
    return new RequestProblem("not_ready", detail, LIST_WITHIN_SECONDS);
  }
  const near = nearest(symbol, names, 1);
  const example = `${names.length}, for example ${names[0]}`;
  const hint = near === undefined ? "" : `did you mean ${near}? `;
  const where = store === undefined ? `, and neither is any of ${MARKET_NAMES[marketOf(symbol)]}` : "";
  return new RequestProblem(
    "unknown_symbol",
    `${symbol} is not followed here${where}: ${hint}GET /symbols lists those that are (${example})`,
  );
}
