import { type MarketId, marketOf, type Symbol } from "../core/mod.ts";
import type { IdsMessage } from "../wire/mod.ts";

/** A symbol's number in binary frames, and its place among those of its market. */
interface SymbolId {
  readonly id: number;
  readonly place: number;
}

/**
 * The numbers by which binary frames name symbols. All sockets of the process share them, so that a frame can be encoded once for all. A
 * symbol gets its number when it is first needed and keeps it, also when it is delisted: there are as many as the process has ever had.
 */
export class SymbolIds {
  readonly #ids: Map<Symbol, SymbolId> = new Map();
  /** In the order in which they got their numbers. */
  readonly #ofMarket: Map<MarketId, Symbol[]> = new Map();

  idOf(symbol: Symbol): number {
    return this.#numbered(symbol).id;
  }

  /** How many symbols of its market got a number before this one. */
  placeOf(symbol: Symbol): number {
    return this.#numbered(symbol).place;
  }

  /** The symbols of a market that have a number, but for the first so many. */
  after(market: MarketId, place: number): readonly Symbol[] {
    return this.#ofMarket.get(market)?.slice(place) ?? [];
  }

  /** How many symbols of a market have a number. */
  count(market: MarketId): number {
    return this.#ofMarket.get(market)?.length ?? 0;
  }

  /** The message that tells the numbers of symbols. */
  message(symbols: readonly Symbol[]): string {
    const ids = Object.fromEntries(symbols.map((symbol) => [symbol, this.idOf(symbol)]));
    return JSON.stringify({ type: "ids", symbols: ids } satisfies IdsMessage);
  }

  #numbered(symbol: Symbol): SymbolId {
    const known = this.#ids.get(symbol);
    if (known !== undefined) return known;
    const market = marketOf(symbol);
    const symbols = this.#ofMarket.get(market) ?? [];
    this.#ofMarket.set(market, symbols);
    const numbered = { id: this.#ids.size, place: symbols.length };
    this.#ids.set(symbol, numbered);
    symbols.push(symbol);
    return numbered;
  }
}
