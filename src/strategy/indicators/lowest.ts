import { overCandles } from "./drawing.ts";
import { leastOf } from "./extremes.ts";
import { type ColumnIndicator, period } from "./indicator.ts";

/** The least of the last `period` values, the present one among them. Warm-up: period − 1. */
export const lowest: ColumnIndicator = {
  name: "lowest",
  reads: "column",
  parameters: [period(20)],
  outputs: ["value"],
  drawn: overCandles("Lowest close", "Lowest of the last closes"),
  warmUp: (length) => [length - 1],
  compute: (values, length) => [leastOf(values, length)],
};
