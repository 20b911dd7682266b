import { overCandles } from "./drawing.ts";
import { type ColumnIndicator, firstNumber, period, unknown } from "./indicator.ts";

/** Weighted moving average: the last of `period` values weighs `period`, the first weighs 1. Warm-up: period − 1. */
export const wma: ColumnIndicator = {
  name: "wma",
  reads: "column",
  parameters: [period(20)],
  outputs: ["value"],
  drawn: overCandles("WMA", "Weighted moving average"),
  warmUp: (length) => [length - 1],
  compute: (values, length) => {
    const averages = unknown(values.length);
    const weights = (length * (length + 1)) / 2;
    for (let end = firstNumber(values) + length - 1; end < values.length; end += 1) {
      // As distances from the last value, so that the average of equal values is exactly that value: see sma.ts.
      const last = values[end] as number;
      let distance = 0;
      for (let weight = 1; weight < length; weight += 1) {
        distance += weight * ((values[end - length + weight] as number) - last);
      }
      averages[end] = last + distance / weights;
    }
    return [averages];
  },
};
