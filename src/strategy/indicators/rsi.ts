import { wilderMemory } from "../memory.ts";
import { inPane } from "./drawing.ts";
import { type ColumnIndicator, firstNumber, period, unknown } from "./indicator.ts";

/**
 * Wilder's relative strength index, 0 … 100: the mean rise against the mean fall, both smoothed his way. 100 where nothing
 * fell, in a flat market too. Warm-up: period.
 */
export const rsi: ColumnIndicator = {
  name: "rsi",
  reads: "column",
  parameters: [period(14)],
  outputs: ["value"],
  drawn: inPane("RSI", "Relative strength index", { levels: [30, 70] }),
  warmUp: (length) => [length],
  memory: ([length = 1]) => [wilderMemory(length, length)],
  compute: (values, length) => [rsiOf(values, length)],
};

export function rsiOf(values: Float64Array, length: number): Float64Array {
  const strengths = unknown(values.length);
  const changeAt = (position: number): number => (values[position] as number) - (values[position - 1] as number);
  let position = firstNumber(values) + 1;
  while (position < values.length && Number.isNaN(changeAt(position))) position += 1;
  const start = position + length - 1;
  if (start >= values.length) return strengths;
  // Wilder's smoothing of both in one go: see wilder.ts.
  let [rise, fall] = [0, 0];
  for (; position <= start; position += 1) {
    const change = changeAt(position);
    rise += Math.max(change, 0);
    fall += Math.max(-change, 0);
  }
  rise /= length;
  fall /= length;
  strengths[start] = strengthOf(rise, fall);
  for (; position < values.length; position += 1) {
    const change = changeAt(position);
    rise += (Math.max(change, 0) - rise) / length;
    fall += (Math.max(-change, 0) - fall) / length;
    // Both fade alike where nothing moves: their ratio stays what it is, and isn't left to rounding.
    strengths[position] = change === 0 ? (strengths[position - 1] as number) : strengthOf(rise, fall);
  }
  return strengths;
}

function strengthOf(rise: number, fall: number): number {
  return fall === 0 ? 100 : 100 - 100 / (1 + rise / fall);
}
