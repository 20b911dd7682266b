import {
  assert,
  INTERVALS,
  type Interval,
  type MarketId,
  marketOf,
  marketsMeant,
  type Symbol,
  type SymbolInfo,
  type Ticker,
  type Wildcard,
} from "../core/mod.ts";
import type { Series } from "./series.ts";
import type { MarketStore, StoreListener } from "./store.ts";

/**
 * What readers need of the markets that a server has, one or several: a store of each, and what can be found by a symbol alone, because its
 * market is in its name.
 */
export interface MarketReader {
  /** One for each market, the server's first one first. */
  readonly stores: readonly MarketStore[];
  /** The intervals that readers may ask for, of one market or another. */
  readonly served: readonly Interval[];
  /** Those and the ones that they are rolled up from. */
  readonly intervals: readonly Interval[];
  /** The most klines of a series that an answer can hold. */
  readonly capacity: number;
  /** The store of a market; undefined where the server doesn't have it. */
  of(market: MarketId): MarketStore | undefined;
  hasSymbol(symbol: Symbol): boolean;
  /** What the exchange says of a symbol; undefined for one that isn't followed. */
  info(symbol: Symbol): SymbolInfo | undefined;
  /** A series, or undefined when the symbol or interval isn't kept. */
  series(symbol: Symbol, interval: Interval): Series | undefined;
  /** A symbol's ticker: the exchange's, or one derived from its klines where the exchange sent none. */
  ticker(symbol: Symbol): Ticker | undefined;
  /** Adds a listener to all markets; listeners are called in the order in which they came. */
  listen(listener: StoreListener): void;
}

/** The stores of the markets that a wildcard means, in their order; none where the server has none of them. */
export function storesMeant(wildcard: Wildcard, markets: MarketReader): readonly MarketStore[] {
  const meant = marketsMeant(
    wildcard,
    markets.stores.map(({ market }) => market),
  );
  return markets.stores.filter(({ market }) => meant.includes(market));
}

/** The store that `*` means. */
export function firstStore({ stores: [first] }: MarketReader): MarketStore {
  assert(first !== undefined, "a server has a market");
  return first;
}

/** The symbols of all markets, market by market, each market's sorted by name. */
export function allSymbols(markets: MarketReader): readonly SymbolInfo[] {
  const { stores } = markets;
  return stores.length === 1 ? firstStore(markets).symbols() : stores.flatMap((store) => store.symbols());
}

/** The reader of these markets, the server's first one first: of one it is its store itself. */
export function readerOf(stores: readonly MarketStore[]): MarketReader {
  const [first, ...others] = stores;
  assert(first !== undefined, "a server has a market");
  return others.length === 0 ? first : new Markets(stores);
}

/** Several markets beside each other. Each has a store, a clock and closes of its own, so that one that stalls holds up no other. */
export class Markets implements MarketReader {
  readonly stores: readonly MarketStore[];
  readonly served: readonly Interval[];
  readonly intervals: readonly Interval[];
  readonly capacity: number;
  readonly #byMarket: ReadonlyMap<MarketId, MarketStore>;

  /** `stores`: of markets that differ, with the same capacity; the first one is what `*` means. */
  constructor(stores: readonly MarketStore[]) {
    const [first] = stores;
    assert(first !== undefined, "a server has a market");
    this.#byMarket = new Map(stores.map((store) => [store.market, store]));
    assert(this.#byMarket.size === stores.length, "each market has one store");
    this.stores = stores;
    this.served = INTERVALS.filter((interval) => stores.some(({ served }) => served.includes(interval)));
    this.intervals = INTERVALS.filter((interval) => stores.some(({ intervals }) => intervals.includes(interval)));
    this.capacity = first.capacity;
  }

  of(market: MarketId): MarketStore | undefined {
    return this.#byMarket.get(market);
  }

  hasSymbol(symbol: Symbol): boolean {
    return this.#storeOf(symbol)?.hasSymbol(symbol) === true;
  }

  info(symbol: Symbol): SymbolInfo | undefined {
    return this.#storeOf(symbol)?.info(symbol);
  }

  series(symbol: Symbol, interval: Interval): Series | undefined {
    return this.#storeOf(symbol)?.series(symbol, interval);
  }

  ticker(symbol: Symbol): Ticker | undefined {
    return this.#storeOf(symbol)?.ticker(symbol);
  }

  listen(listener: StoreListener): void {
    for (const store of this.stores) store.listen(listener);
  }

  #storeOf(symbol: Symbol): MarketStore | undefined {
    return this.#byMarket.get(marketOf(symbol));
  }
}
