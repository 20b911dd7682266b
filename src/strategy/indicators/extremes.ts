import { firstNumber, unknown } from "./indicator.ts";

/** The greatest of each window of `length` values. */
export function greatestOf(values: Float64Array, length: number): Float64Array {
  const greatest = unknown(values.length);
  for (let end = firstNumber(values) + length - 1; end < values.length; end += 1) {
    let most = values[end] as number;
    for (let position = end - length + 1; position < end; position += 1) {
      if ((values[position] as number) > most) most = values[position] as number;
    }
    greatest[end] = most;
  }
  return greatest;
}

/** The least of each window of `length` values. */
export function leastOf(values: Float64Array, length: number): Float64Array {
  const least = unknown(values.length);
  for (let end = firstNumber(values) + length - 1; end < values.length; end += 1) {
    let lowest = values[end] as number;
    for (let position = end - length + 1; position < end; position += 1) {
      if ((values[position] as number) < lowest) lowest = values[position] as number;
    }
    least[end] = lowest;
  }
  return least;
}
