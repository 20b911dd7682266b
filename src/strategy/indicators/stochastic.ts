import { inPane, LINE_AND_AVERAGE } from "./drawing.ts";
import { greatestOf, leastOf } from "./extremes.ts";
import { type KlineIndicator, period } from "./indicator.ts";
import { isRounding } from "./rounding.ts";
import { meanOf } from "./sma.ts";

/**
 * Lane's stochastic oscillator, 0 … 100: where the close lies between the lowest low and the highest high of `period`
 * klines, averaged over `smooth` for `k`, and `k` over `signal` for `d`. 0 where high and low are one.
 * Warm-up: period + smooth − 2 for `k`, signal − 1 more for `d`.
 */
export const stochastic: KlineIndicator = {
  name: "stochastic",
  reads: "klines",
  parameters: [period(14), period(3, "smooth"), period(3, "signal")],
  outputs: ["k", "d"],
  drawn: inPane("Stochastic", "Stochastic oscillator", { lines: LINE_AND_AVERAGE, levels: [20, 80] }),
  warmUp: (length, smooth, signal) => [length + smooth - 2, length + smooth + signal - 3],
  compute: ({ high, low, close }, length, smooth, signal) => {
    const k = meanOf(placeBetween(close, leastOf(low, length), greatestOf(high, length)), smooth);
    return [k, meanOf(k, signal)];
  },
};

/** Where values lie between two bounds, in percent; 0 where the bounds are one, or only rounding keeps them apart. */
export function placeBetween(values: Float64Array, low: Float64Array, high: Float64Array): Float64Array {
  return values.map((value, position) => {
    const bottom = low[position] as number;
    const range = (high[position] as number) - bottom;
    return isRounding(range, high[position] as number) ? 0 : (100 * (value - bottom)) / range;
  });
}
