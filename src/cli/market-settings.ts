import { InvalidInput, type MarketId } from "../core/mod.ts";
import { type Exchange, parseSelection, type SymbolSelection } from "../feeds/mod.ts";
import { SETTINGS } from "./config.ts";
import { followedAddress } from "./followed-address.ts";
import { FOLLOWER_FALLBACKS } from "./read-settings.ts";
import type { Settings } from "./settings.ts";

/** What the settings say of one market. */
export interface MarketSettings {
  readonly market: MarketId;
  readonly selection: SymbolSelection;
  /** The quote asset that `top:N` and `*` choose from; undefined means any. */
  readonly quote: string | undefined;
  readonly restUrl: string;
  readonly wsUrl: string;
}

type ByMarket = Pick<Settings, "markets" | "symbols" | "quote" | "exchangeRest" | "exchangeWs" | "upstream" | "role">;

/** The server's first market, which values without a market are for. */
export function firstMarket({ markets: [first] }: Pick<Settings, "markets">): MarketId {
  if (first === undefined) throw new InvalidInput("--markets: expected one market at least");
  return first;
}

/** Puts together what is set for a market. Throws InvalidInput for symbols of another one. */
export function marketSettings(settings: ByMarket, market: MarketId, { rest, streams }: Exchange): MarketSettings {
  const upstream = followedAddress(settings);
  const first = firstMarket(settings);
  const fallback = (upstream === undefined ? undefined : FOLLOWER_FALLBACKS.symbols) ?? SETTINGS.symbols.fallback;
  const selection = settings.symbols.of(market, first) ?? parseSelection(fallback, market);
  return {
    market,
    selection,
    quote: quoteOf(settings, market, selection),
    restUrl: upstream ?? settings.exchangeRest.of(market, first) ?? rest.url,
    wsUrl: upstream?.replace(/^http/, "ws") ?? settings.exchangeWs.of(market, first) ?? streams.url,
  };
}

/** Volumes in different assets can't be compared, so `top:N` is of one. */
function quoteOf(settings: ByMarket, market: MarketId, { kind }: SymbolSelection): string | undefined {
  const { quote, markets } = settings;
  const upstream = followedAddress(settings);
  const isSet = quote.markets.includes(market) || (market === markets[0] && quote.bare !== undefined);
  const chosen = isSet ? quote.of(market, markets[0] ?? market) : undefined;
  return chosen ?? (kind === "top" || (!isSet && upstream === undefined) ? SETTINGS.quote.fallback : undefined);
}

/** An address without the user's name and password. */
export function withoutUser(address: string): string {
  return address.replace(/\/\/[^/]*@/, "//");
}
