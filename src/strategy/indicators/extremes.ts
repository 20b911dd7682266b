import { firstNumber, unknown } from "./indicator.ts";

/** The greatest of each window of `length` values; NaN where one of them is unknown. */
export function greatestOf(values: Float64Array, length: number): Float64Array {
  const greatest = unknown(values.length);
  for (let end = firstNumber(values) + length - 1; end < values.length; end += 1) {
    let most = values[end] as number;
    for (let position = end - length + 1; position < end; position += 1) {
      const value = values[position] as number;
      if (value > most || Number.isNaN(value)) most = value;
    }
    greatest[end] = most;
  }
  return greatest;
}

/** The least of each window of `length` values; NaN where one of them is unknown. */
export function leastOf(values: Float64Array, length: number): Float64Array {
  const least = unknown(values.length);
  for (let end = firstNumber(values) + length - 1; end < values.length; end += 1) {
    let lowest = values[end] as number;
    for (let position = end - length + 1; position < end; position += 1) {
      const value = values[position] as number;
      if (value < lowest || Number.isNaN(value)) lowest = value;
    }
    least[end] = lowest;
  }
  return least;
}
