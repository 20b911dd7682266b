import { BANDS, overCandles } from "./drawing.ts";
import { greatestOf, leastOf } from "./extremes.ts";
import { type KlineIndicator, period } from "./indicator.ts";

/**
 * Donchian's channel: the highest high and the lowest low of `period` klines, the present one among them, and the middle
 * between. Warm-up: period − 1.
 */
export const donchian: KlineIndicator = {
  name: "donchian",
  reads: "klines",
  parameters: [period(20)],
  outputs: ["upper", "middle", "lower"],
  drawn: overCandles("Donchian", "Donchian channel: highest high and lowest low", BANDS),
  warmUp: (length) => [length - 1, length - 1, length - 1],
  compute: ({ high, low }, length) => {
    const upper = greatestOf(high, length);
    const lower = leastOf(low, length);
    return [upper, upper.map((top, position) => (top + (lower[position] as number)) / 2), lower];
  },
};
