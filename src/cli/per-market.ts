import { InvalidInput, type MarketId, parseMarket } from "../core/mod.ts";

/** Reads the text of a market's value; undefined stands for a market that isn't known yet. Throws InvalidInput. */
export type ReadOfMarket<T> = (text: string, market: MarketId | undefined) => T;

/** A setting that each market may have otherwise: one value for the server's first market, and values by market. */
export class PerMarket<T> {
  readonly #bare: string | undefined;
  readonly #named: ReadonlyMap<MarketId, string>;
  readonly #read: ReadOfMarket<T>;

  /** `bare`: undefined where only markets are named. Throws what `read` throws. */
  constructor(read: ReadOfMarket<T>, bare: string | undefined, named: ReadonlyMap<MarketId, string> = new Map()) {
    this.#read = read;
    this.#bare = bare;
    this.#named = named;
    if (bare !== undefined) read(bare, undefined);
    for (const [market, text] of named) read(text, market);
  }

  /** The value for a market; undefined where none was given. A bare value is for the server's first market. Throws what `read` throws. */
  of(market: MarketId, first: MarketId): T | undefined {
    const text = this.#named.get(market) ?? (market === first ? this.#bare : undefined);
    return text === undefined ? undefined : this.#read(text, market);
  }

  /** The text that is for the server's first market, if there is one. */
  get bare(): string | undefined {
    return this.#bare;
  }

  /** The markets that are named. */
  get markets(): readonly MarketId[] {
    return [...this.#named.keys()];
  }
}

/** Between the parts of a setting by market. */
export const PARTS_END = ";";

/**
 * Reads `VALUE`, `MARKET=VALUE` or several of these with `;` between them. Throws InvalidInput for a market that isn't known or has two values, or what `read`
 * throws.
 * @example perMarket("top:50;bybit=top:20", parseSelection)
 */
export function perMarket<T>(text: string, read: ReadOfMarket<T>): PerMarket<T> {
  let bare: string | undefined;
  const named = new Map<MarketId, string>();
  for (const part of text.split(PARTS_END)) {
    const [, market, value] = /^\s*([a-z][a-z-]*)=(.*)$/s.exec(part) ?? [];
    if (market === undefined || value === undefined) {
      if (bare !== undefined) {
        throw new InvalidInput(
          `"${bare}" and "${part.trim()}" are both for the server's first market: expected one of them, or MARKET=VALUE for others`,
        );
      }
      bare = part.trim();
      continue;
    }
    const id = parseMarket(market);
    if (named.has(id)) {
      throw new InvalidInput(`"${named.get(id)}" and "${value.trim()}" are both for ${id}: expected one of them`);
    }
    named.set(id, value.trim());
  }
  return new PerMarket(read, bare, named);
}

/** Reads a list of markets, each once. Throws InvalidInput. */
export function parseMarkets(text: string): readonly MarketId[] {
  return [...new Set(text.split(",").map((name) => parseMarket(name.trim())))];
}
