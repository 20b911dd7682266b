import { type ColumnIndicator, firstNumber, period, unknown } from "./indicator.ts";

/** Simple moving average: the mean of the last `period` values. Warm-up: period − 1. */
export const sma: ColumnIndicator = {
  name: "sma",
  reads: "column",
  parameters: [period(20)],
  outputs: ["value"],
  warmUp: (length) => [length - 1],
  compute: (values, length) => [meanOf(values, length)],
};

/**
 * The mean of each window, added up anew each time: a running sum would carry rounding errors along, and in a flat
 * market averages that are equal would seem to cross.
 */
export function meanOf(values: Float64Array, length: number): Float64Array {
  const means = unknown(values.length);
  for (let end = firstNumber(values) + length - 1; end < values.length; end += 1) {
    let sum = 0;
    for (let position = end - length + 1; position <= end; position += 1) sum += values[position] as number;
    means[end] = sum / length;
  }
  return means;
}
