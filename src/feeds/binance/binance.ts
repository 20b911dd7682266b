import { INTERVALS, unknownColumnsOf } from "../../core/mod.ts";
import type { Exchange } from "../exchange.ts";
import { BINANCE_REST } from "./spot-rest.ts";
import { BINANCE_STREAMS } from "./streams.ts";

/** Binance's spot market. */
export const BINANCE: Exchange = {
  id: "binance",
  facts: {
    streamed: INTERVALS,
    history: INTERVALS,
    unknown: unknownColumnsOf("binance"),
    finality: "flagged",
    absence: "settled",
    // Most come at once; late ones take up to 30 s (reported).
    finalWithinMs: 2_000,
  },
  streams: BINANCE_STREAMS,
  rest: BINANCE_REST,
};
