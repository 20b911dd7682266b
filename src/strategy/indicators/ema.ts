import { emaMemory } from "../memory.ts";
import { overCandles } from "./drawing.ts";
import { type ColumnIndicator, firstNumber, period, unknown } from "./indicator.ts";

/**
 * Exponential moving average: each value weighs 2 ÷ (period + 1), all before it the rest; begins with the first value.
 * Warm-up: period − 1, though what it began with goes on fading after that.
 */
export const ema: ColumnIndicator = {
  name: "ema",
  reads: "column",
  parameters: [period(20)],
  outputs: ["value"],
  drawn: overCandles("EMA", "Exponential moving average"),
  warmUp: (length) => [length - 1],
  memory: ([length = 1]) => [emaMemory(length)],
  compute: (values, length) => [emaOf(values, length)],
};

export function emaOf(values: Float64Array, length: number): Float64Array {
  const averages = unknown(values.length);
  const first = firstNumber(values);
  const weight = 2 / (length + 1);
  let average = values[first] as number;
  for (let position = first; position < values.length; position += 1) {
    // By its distance: where a market stands still, the average does, too.
    average += ((values[position] as number) - average) * weight;
    if (position >= first + length - 1) averages[position] = average;
  }
  return averages;
}
