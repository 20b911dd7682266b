import { chained, emaMemory } from "../memory.ts";
import { inPane } from "./drawing.ts";
import { emaOf } from "./ema.ts";
import { type ColumnIndicator, period } from "./indicator.ts";

/**
 * Moving average convergence divergence: `macd` is the fast EMA less the slow one, `signal` its EMA, `histogram` the first
 * less the second. Warm-up: slow − 1, and signal − 1 more for the other two.
 */
export const macd: ColumnIndicator = {
  name: "macd",
  reads: "column",
  parameters: [period(12, "fast"), period(26, "slow"), period(9, "signal")],
  outputs: ["macd", "signal", "histogram"],
  drawn: inPane("MACD", "Moving average convergence divergence", {
    unit: "price",
    lines: [
      { output: "histogram", shape: "histogram" },
      { output: "macd", shape: "line" },
      { output: "signal", shape: "faint line" },
    ],
  }),
  warmUp: (fast, slow, signal) => {
    const line = Math.max(fast, slow) - 1;
    return [line, line + signal - 1, line + signal - 1];
  },
  memory: ([fast = 1, slow = 1, signal = 1]) => {
    const line = emaMemory(Math.max(fast, slow));
    const average = chained(line, emaMemory(signal));
    return [line, average, average];
  },
  compute: (values, fast, slow, signal) => {
    const line = difference(emaOf(values, fast), emaOf(values, slow));
    const average = emaOf(line, signal);
    return [line, average, difference(line, average)];
  },
};

function difference(first: Float64Array, second: Float64Array): Float64Array {
  return first.map((value, position) => value - (second[position] as number));
}
