import { overCandles } from "./drawing.ts";
import { type ColumnIndicator, firstNumber, period, unknown } from "./indicator.ts";

/** Simple moving average: the mean of the last `period` values. Warm-up: period − 1. */
export const sma: ColumnIndicator = {
  name: "sma",
  reads: "column",
  parameters: [period(20)],
  outputs: ["value"],
  drawn: overCandles("SMA", "Simple moving average"),
  warmUp: (length) => [length - 1],
  compute: (values, length) => [meanOf(values, length)],
};

/**
 * The mean of each window, added up anew each time as distances from its last value: a running sum carries rounding errors
 * along, and a plain sum rounds differently for each length. Thus the mean of equal values is exactly that value, and averages
 * of a market that stands still don't seem to cross.
 */
export function meanOf(values: Float64Array, length: number): Float64Array {
  const means = unknown(values.length);
  for (let end = firstNumber(values) + length - 1; end < values.length; end += 1) {
    const last = values[end] as number;
    let distance = 0;
    for (let position = end - length + 1; position < end; position += 1)
      distance += (values[position] as number) - last;
    means[end] = last + distance / length;
  }
  return means;
}
