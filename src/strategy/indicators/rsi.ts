import { type ColumnIndicator, firstNumber, period, unknown } from "./indicator.ts";
import { wilderOf } from "./wilder.ts";

/**
 * Wilder's relative strength index, 0 … 100: the mean rise against the mean fall, both smoothed his way. 100 where nothing
 * fell, in a flat market too. Warm-up: period.
 */
export const rsi: ColumnIndicator = {
  name: "rsi",
  reads: "column",
  parameters: [period(14)],
  outputs: ["value"],
  warmUp: (length) => [length],
  compute: (values, length) => [rsiOf(values, length)],
};

export function rsiOf(values: Float64Array, length: number): Float64Array {
  const rises = unknown(values.length);
  const falls = unknown(values.length);
  for (let position = firstNumber(values) + 1; position < values.length; position += 1) {
    const change = (values[position] as number) - (values[position - 1] as number);
    rises[position] = Math.max(change, 0);
    falls[position] = Math.max(-change, 0);
  }
  const strengths = wilderOf(rises, length);
  const meanFalls = wilderOf(falls, length);
  for (let position = 0; position < strengths.length; position += 1) {
    const fall = meanFalls[position] as number;
    strengths[position] = fall === 0 ? 100 : 100 - 100 / (1 + (strengths[position] as number) / fall);
  }
  return strengths;
}
