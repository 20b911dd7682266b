import { InvalidInput, isMarketId, MARKET_IDS, type MarketId } from "../core/mod.ts";

/** A setting that each market may have otherwise: one value for the server's first market, and values by market. */
export class PerMarket<T> {
  /** Undefined where only markets are named. */
  readonly #bare: T | undefined;
  readonly #named: ReadonlyMap<MarketId, T>;

  constructor(bare: T | undefined, named: ReadonlyMap<MarketId, T> = new Map()) {
    this.#bare = bare;
    this.#named = named;
  }

  /** The value for a market; undefined where none was given. A bare value is for the server's first market. */
  of(market: MarketId, first: MarketId): T | undefined {
    return this.#named.get(market) ?? (market === first ? this.#bare : undefined);
  }

  /** The markets that are named. */
  get markets(): readonly MarketId[] {
    return [...this.#named.keys()];
  }
}

/** Between the parts of a setting by market. */
export const PARTS_END = ";";

/**
 * Reads `VALUE`, `MARKET=VALUE` or several of these with `;` between them. Throws InvalidInput for a market that isn't known, or what `read`
 * throws.
 * @example perMarket("top:50;bybit=top:20", parseSelection)
 */
export function perMarket<T>(text: string, read: (text: string) => T): PerMarket<T> {
  let bare: T | undefined;
  const named = new Map<MarketId, T>();
  for (const part of text.split(PARTS_END)) {
    const [, market, value] = /^\s*([a-z][a-z-]*)=(.*)$/s.exec(part) ?? [];
    if (market === undefined || value === undefined) bare = read(part.trim());
    else if (isMarketId(market)) named.set(market, read(value.trim()));
    else throw new InvalidInput(`"${market}" is not a market: expected one of ${MARKET_IDS.join(", ")} before the =`);
  }
  return new PerMarket(bare, named);
}

/** Reads a list of markets, each once. Throws InvalidInput. */
export function markets(text: string): readonly MarketId[] {
  const names = text.split(",").map((name) => name.trim());
  const wrong = names.find((name) => !isMarketId(name));
  if (wrong !== undefined) {
    throw new InvalidInput(`"${wrong}" is not a market: expected some of ${MARKET_IDS.join(", ")}`);
  }
  return [...new Set(names)].filter(isMarketId);
}
