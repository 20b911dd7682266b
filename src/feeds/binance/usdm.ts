import { INTERVALS, unknownColumnsOf } from "../../core/mod.ts";
import type { Exchange } from "../exchange.ts";
import { USDM_REST } from "./usdm-rest.ts";
import { USDM_STREAMS } from "./usdm-streams.ts";

/** All but seconds, which this market doesn't have. */
const INTERVALS_OF_CONTRACTS = INTERVALS.filter((interval) => interval !== "1s");

/** Binance's market of contracts that are settled in USDT and USDC: perpetuals, and some that end on a day. */
export const BINANCE_USDM: Exchange = {
  id: "binance-usdm",
  facts: {
    streamed: INTERVALS_OF_CONTRACTS,
    history: INTERVALS_OF_CONTRACTS,
    unknown: unknownColumnsOf("binance-usdm"),
    finality: "flagged",
    // The exchange makes a flat candle of a minute without trades.
    absence: "settled",
    finalWithinMs: 2_000,
  },
  streams: USDM_STREAMS,
  rest: USDM_REST,
};
