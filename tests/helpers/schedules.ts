import type { Interval } from "../../src/core/mod.ts";
import type { Schedule } from "../../src/traders/execution.ts";

/** The traders of Binance spot that run at an interval's closes. */
export function ofSpot(interval: Interval): Schedule {
  return { market: "binance", interval };
}
