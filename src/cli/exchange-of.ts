import { clusterExchange, upstreamExchange } from "../cluster/mod.ts";
import type { MarketId } from "../core/mod.ts";
import { EXCHANGES, type Exchange } from "../feeds/mod.ts";
import { followedAddress } from "./followed-address.ts";
import type { Settings } from "./settings.ts";

/** Where a market comes from: its exchange, or the server or cluster that is followed. */
export function exchangeOf(settings: Pick<Settings, "upstream" | "role" | "capacity">, market: MarketId): Exchange {
  if (settings.role === "serve") return clusterExchange(market, settings.capacity);
  return followedAddress(settings) === undefined ? EXCHANGES[market] : upstreamExchange(market, settings.capacity);
}
