import { unknownColumnsOf } from "../../core/mod.ts";
import type { MarketFacts } from "../exchange.ts";
import { BYBIT_INTERVALS } from "./intervals.ts";

/** What is true of Bybit's markets alike. */
export const BYBIT_FACTS: MarketFacts = {
  streamed: BYBIT_INTERVALS,
  history: BYBIT_INTERVALS,
  unknown: unknownColumnsOf("bybit"),
  finality: "flagged",
  // The documentation doesn't say whether a minute without trades has a candle. What comes later is found by the audit.
  absence: "settled",
  // The documentation says that states come each 1 to 60 seconds; REST is asked before that is over.
  finalWithinMs: 5_000,
};
