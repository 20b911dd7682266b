import type { Client } from "../../src/client/mod.ts";
import type { Interval, MarketId } from "../../src/core/mod.ts";

/** A close, or the news that the connection is back and closes may have been missed. */
export type CloseNews = { readonly closeTime: number } | "back";

/**
 * Reports each close of a market's interval, sometimes more than once. Returns a function that ends it. It has a connection of its own. If the
 * server refuses that, it ends and reports nothing: the page's main connection says why.
 */
export function followCloses(
  client: Pick<Client, "listen">,
  market: MarketId,
  interval: Interval,
  onNews: (news: CloseNews) => void,
): () => void {
  const stop = new AbortController();
  let wasConnected = false;
  client
    .listen(
      [`close:${market}:${interval}`],
      (message) => {
        if (message.type === "close") onNews({ closeTime: message.closeTime });
        if (message.type !== "connected") return;
        if (wasConnected) onNews("back");
        wasConnected = true;
      },
      { signal: stop.signal },
    )
    .catch(() => {});
  return () => stop.abort();
}
