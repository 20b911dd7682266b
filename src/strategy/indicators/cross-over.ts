import { crossings } from "./crossings.ts";
import { markedCrossings } from "./drawing.ts";
import type { PairIndicator } from "./indicator.ts";

/** 1 at each kline at which the first column went from at or below the second to above it, else 0. Warm-up: 1. */
export const crossOver: PairIndicator = {
  name: "crossOver",
  reads: "pair",
  parameters: [],
  outputs: ["value"],
  drawn: markedCrossings("Cross over", "Where one line crosses above another"),
  warmUp: () => [1],
  compute: (first, second) => [crossings(first, second)],
};
