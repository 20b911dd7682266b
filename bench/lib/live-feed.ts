import type { FeedStatus, MarketSource, UnixMs } from "../../src/core/mod.ts";

/** The feed of a market that spoke just now. */
export function liveFeed(source: MarketSource): { readonly status: () => FeedStatus } {
  return {
    status: () => ({ state: "live", source, connections: 1, lastEventAt: Date.now() as UnixMs, silentForMs: 0 }),
  };
}
