import { crossings } from "./crossings.ts";
import { markedCrossings } from "./drawing.ts";
import type { PairIndicator } from "./indicator.ts";

/** 1 at each kline at which the first column went from at or above the second to below it, else 0. Warm-up: 1. */
export const crossUnder: PairIndicator = {
  name: "crossUnder",
  reads: "pair",
  parameters: [],
  outputs: ["value"],
  drawn: markedCrossings("Cross under", "Where one line crosses below another"),
  warmUp: () => [1],
  compute: (first, second) => [crossings(second, first)],
};
