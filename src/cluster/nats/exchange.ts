import type { MarketId } from "../../core/mod.ts";
import type { Exchange } from "../../feeds/mod.ts";
import { upstreamExchange } from "../upstream/exchange.ts";

/** A market of a cluster, as an exchange that a feed can follow: another Vyx, whose streams open whenever NATS is there. */
export function clusterExchange(market: MarketId, capacity: number): Exchange {
  const exchange = upstreamExchange(market, capacity);
  const { streams } = exchange;
  return {
    ...exchange,
    streams: { ...streams, limits: { ...streams.limits, openWithinMs: Number.POSITIVE_INFINITY } },
  };
}
