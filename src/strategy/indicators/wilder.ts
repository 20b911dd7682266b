import { firstNumber, unknown } from "./indicator.ts";

/**
 * Wilder's smoothing (RMA): begins with the mean of the first `length` values; from then on each value weighs 1 ÷ length.
 * Source: J. Welles Wilder, New Concepts in Technical Trading Systems, 1978.
 */
export function wilderOf(values: Float64Array, length: number): Float64Array {
  const smoothed = unknown(values.length);
  const start = firstNumber(values) + length - 1;
  if (start >= values.length) return smoothed;
  let average = 0;
  for (let position = start - length + 1; position <= start; position += 1) average += values[position] as number;
  average /= length;
  smoothed[start] = average;
  for (let position = start + 1; position < values.length; position += 1) {
    average += ((values[position] as number) - average) / length;
    smoothed[position] = average;
  }
  return smoothed;
}
