import { inPane } from "./drawing.ts";
import { greatestOf, leastOf } from "./extremes.ts";
import { type KlineIndicator, period } from "./indicator.ts";

/**
 * Williams' %R, −100 … 0: how far the close lies below the highest high, in percent of the range of `period` klines. −100
 * where high and low are one. Warm-up: period − 1.
 */
export const williamsR: KlineIndicator = {
  name: "williamsR",
  reads: "klines",
  parameters: [period(14)],
  outputs: ["value"],
  drawn: inPane("Williams %R", "Williams percent range", { levels: [-80, -20] }),
  warmUp: (length) => [length - 1],
  compute: ({ high, low, close }, length) => {
    const top = greatestOf(high, length);
    const bottom = leastOf(low, length);
    return [
      close.map((price, position) => {
        const range = (top[position] as number) - (bottom[position] as number);
        return range === 0 ? -100 : (-100 * ((top[position] as number) - price)) / range;
      }),
    ];
  },
};
