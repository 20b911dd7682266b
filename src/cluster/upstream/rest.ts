import { candlesBetween, exchangeSourceOf, type MarketId, wildcardOf } from "../../core/mod.ts";
import type { Realness, RestProtocol } from "../../feeds/mod.ts";
import { SOURCE_HEADER } from "../../wire/mod.ts";
import { readKlineRows, readListing, readMarketTime, readTickers } from "./answers.ts";
import { upstreamRefusal } from "./refusals.ts";
import { NO_ADDRESS } from "./streams.ts";

const MB = 1_048_576;

/** Klines that one answer is asked for at most: the upstream makes such an answer in one piece. */
const MAX_ROWS = 1_000;

/** An upstream says itself when it is asked too much: how much that is depends on the key. */
const BUDGET = { most: 1_000_000, windowMs: 60_000, aligned: false } as const;

const WEIGHT = 1;

/** How often the list of symbols is read: a symbol that is listed later is at the upstream within ten minutes, and here within another one. */
const LISTED_EVERY_MS = 60_000;

/** Another Vyx by HTTP. Its `/openapi.json` describes the answers. `capacity`: the most klines that its answers are known to hold. */
export function upstreamRest(market: MarketId, capacity: number): RestProtocol {
  const rows = Math.min(MAX_ROWS, capacity);
  const labelOf = (headers: Headers): Realness | undefined => {
    const source = headers.get(SOURCE_HEADER);
    if (source === "recorded" || source === "simulated") return source;
    return source === exchangeSourceOf(market) ? "live" : undefined;
  };
  return {
    url: `https://${NO_ADDRESS}`,
    costs: {
      klines: { weight: WEIGHT, maxBytes: 2 * MB },
      symbols: { weight: WEIGHT, maxBytes: 16 * MB },
      tickers: { weight: WEIGHT, maxBytes: 16 * MB },
      time: { weight: WEIGHT, maxBytes: MB },
    },
    budget: BUDGET,
    rows,
    keeps: "oldest",
    listedEveryMs: LISTED_EVERY_MS,
    // It keeps them itself for a while. What it doesn't name may well trade: its selection doesn't include it any more.
    listsDelisted: true,
    listed: () => ({ about: "symbols", path: `/symbols?market=${market}`, weight: WEIGHT, read: readListing(market) }),
    tickers: () => ({
      about: "tickers",
      path: `/tickers?symbols=${encodeURIComponent(wildcardOf(market))}`,
      weight: WEIGHT,
      read: readTickers(market),
    }),
    time: () => ({ about: "time", path: "/health", weight: WEIGHT, read: readMarketTime(market) }),
    klines: (symbol, interval, range) => {
      const query = new URLSearchParams({
        startTime: String(range.from),
        endTime: String(range.to),
        limit: String(Math.min(rows, candlesBetween(interval, range.from, range.to) + 1)),
      });
      return {
        about: "klines",
        path: `/klines/${encodeURIComponent(symbol)}/${interval}?${query}`,
        weight: WEIGHT,
        read: readKlineRows(symbol, interval),
      };
    },
    // What the headers say is about a key's bucket, which fills up again all the time.
    used: () => undefined,
    refusal: (status, headers, body) => upstreamRefusal(status, labelOf(headers), body),
    standIn: labelOf,
    // Real prices are those that it calls so.
    isOwn: () => false,
  };
}
