import { upstreamExchange } from "../cluster/mod.ts";
import type { MarketId } from "../core/mod.ts";
import { EXCHANGES, type Exchange } from "../feeds/mod.ts";
import type { Settings } from "./settings.ts";

/** Where a market comes from: its exchange, or the server that is followed. */
export function exchangeOf(
  { upstream, capacity }: Pick<Settings, "upstream" | "capacity">,
  market: MarketId,
): Exchange {
  return upstream === undefined ? EXCHANGES[market] : upstreamExchange(market, capacity);
}
