import { wilderMemory } from "../memory.ts";
import { inPane, LINE_AND_AVERAGE } from "./drawing.ts";
import { greatestOf, leastOf } from "./extremes.ts";
import { type ColumnIndicator, period } from "./indicator.ts";
import { rsiOf } from "./rsi.ts";
import { meanOf } from "./sma.ts";
import { placeBetween } from "./stochastic.ts";

/**
 * The stochastic oscillator of the RSI, 0 … 100: where the RSI lies within its range of the last `stochastic` values;
 * `k` averages that over `smooth`, `d` averages `k` over `signal`. 0 where the RSI didn't move.
 * Warm-up: period + stochastic + smooth − 2 for `k`, signal − 1 more for `d`.
 */
export const stochRsi: ColumnIndicator = {
  name: "stochRsi",
  reads: "column",
  parameters: [period(14), period(14, "stochastic"), period(3, "smooth"), period(3, "signal")],
  outputs: ["k", "d"],
  drawn: inPane("Stoch RSI", "Stochastic oscillator of the RSI", { lines: LINE_AND_AVERAGE, levels: [20, 80] }),
  warmUp: (length, range, smooth, signal) => {
    const k = length + range + smooth - 2;
    return [k, k + signal - 1];
  },
  memory: ([length = 1, range = 1, smooth = 1, signal = 1]) => {
    const k = length + range + smooth - 2;
    return [wilderMemory(length, k), wilderMemory(length, k + signal - 1)];
  },
  compute: (values, length, range, smooth, signal) => {
    const strengths = rsiOf(values, length);
    const places = placeBetween(strengths, leastOf(strengths, range), greatestOf(strengths, range));
    const k = meanOf(places, smooth);
    return [k, meanOf(k, signal)];
  },
};
