import { InvalidInput, type MarketId } from "../core/mod.ts";
import { type Exchange, parseSelection, type SymbolSelection } from "../feeds/mod.ts";
import { SETTINGS } from "./config.ts";
import type { Settings } from "./settings.ts";

/** What the settings say of one market. */
export interface MarketSettings {
  readonly market: MarketId;
  readonly selection: SymbolSelection;
  readonly quote: string;
  readonly restUrl: string;
  readonly wsUrl: string;
}

type ByMarket = Pick<Settings, "markets" | "symbols" | "quote" | "exchangeRest" | "exchangeWs">;

/** The server's first market, which values without a market are for. */
export function firstMarket({ markets: [first] }: Pick<Settings, "markets">): MarketId {
  if (first === undefined) throw new InvalidInput("--markets: expected one market at least");
  return first;
}

/** Puts together what is set for a market. Throws InvalidInput for symbols of another one. */
export function marketSettings(settings: ByMarket, market: MarketId, { rest, streams }: Exchange): MarketSettings {
  const first = firstMarket(settings);
  return {
    market,
    selection: settings.symbols.of(market, first) ?? parseSelection(SETTINGS.symbols.fallback, market),
    quote: settings.quote.of(market, first) ?? SETTINGS.quote.fallback,
    restUrl: settings.exchangeRest.of(market, first) ?? rest.url,
    wsUrl: settings.exchangeWs.of(market, first) ?? streams.url,
  };
}

/** An address without the user's name and password. */
export function withoutUser(address: string): string {
  return address.replace(/\/\/[^/]*@/, "//");
}
