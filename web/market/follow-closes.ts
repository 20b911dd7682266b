import type { Client } from "../../src/client/mod.ts";
import type { Interval, MarketId } from "../../src/core/mod.ts";

/** What is told: a close, or that the connection is back after some that may have been missed. */
export type CloseNews = { readonly closeTime: number } | "back";

/**
 * Tells of each close of a market's interval, some times more than once, until what is given back is called. It has a connection of its own, and
 * ends without a word where the server refuses it: the page's main connection says why.
 */
export function followCloses(
  client: Pick<Client, "listen">,
  market: MarketId,
  interval: Interval,
  tell: (news: CloseNews) => void,
): () => void {
  const stop = new AbortController();
  let wasConnected = false;
  client
    .listen(
      [`close:${market}:${interval}`],
      (message) => {
        if (message.type === "close") tell({ closeTime: message.closeTime });
        if (message.type !== "connected") return;
        if (wasConnected) tell("back");
        wasConnected = true;
      },
      { signal: stop.signal },
    )
    .catch(() => {});
  return () => stop.abort();
}
