import { INTERVALS, type MarketId } from "../../core/mod.ts";
import { EXCHANGES, type Exchange } from "../../feeds/mod.ts";
import { upstreamRest } from "./rest.ts";
import { upstreamStreams } from "./streams.ts";

/** How much longer than the exchange itself an upstream may take to bring a final state, in market milliseconds: it may have to ask REST. */
const FINAL_LATER_MS = 3_000;

/**
 * A market of another Vyx, as an exchange that a feed can follow: the same facts and columns as the market's own exchange, from a server
 * that answers for it. `capacity`: how many klines of a series are kept here; the upstream keeps as many at least, and answers with as many.
 */
export function upstreamExchange(market: MarketId, capacity: number): Exchange {
  const { facts } = EXCHANGES[market];
  return {
    id: market,
    facts: {
      ...facts,
      // An upstream folds and rolls up what its exchange doesn't have.
      history: INTERVALS.filter((interval) => interval !== "1s" || facts.history.includes("1s")),
      finality: "flagged",
      // It answers only once it is certain, see upstreamRefusal, but takes a candle for missing only when its final state is overdue.
      absence: "overdue",
      finalWithinMs: facts.finalWithinMs + FINAL_LATER_MS,
    },
    streams: upstreamStreams(market),
    rest: upstreamRest(market, capacity),
  };
}
