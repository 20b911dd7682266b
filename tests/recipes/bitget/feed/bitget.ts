import { unknownColumnsOf } from "../../../../src/core/mod.ts";
import type { Exchange } from "../../../../src/feeds/exchange.ts";
import { INTERVALS_ANSWERED, REST } from "./rest.ts";
import { STREAMS } from "./streams.ts";

/** Bitget's spot market, as far as an example needs it. */
export const BITGET: Exchange = {
  id: "bitget",
  facts: {
    streamed: ["1m"],
    history: INTERVALS_ANSWERED,
    unknown: unknownColumnsOf("bitget"),
    // Frames don't say whether a candle is final.
    finality: "inferred",
    absence: "settled",
    finalWithinMs: 2_000,
  },
  streams: STREAMS,
  rest: REST,
};
