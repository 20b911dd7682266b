import { overCandles } from "./drawing.ts";
import { greatestOf } from "./extremes.ts";
import { type ColumnIndicator, period } from "./indicator.ts";

/** The greatest of the last `period` values, the present one among them. Warm-up: period − 1. */
export const highest: ColumnIndicator = {
  name: "highest",
  reads: "column",
  parameters: [period(20)],
  outputs: ["value"],
  drawn: overCandles("Highest close", "Highest of the last closes"),
  warmUp: (length) => [length - 1],
  compute: (values, length) => [greatestOf(values, length)],
};
