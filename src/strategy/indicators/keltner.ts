import { emaMemory, longerOf, wilderMemory } from "../memory.ts";
import { atrOf } from "./atr.ts";
import { BANDS, overCandles } from "./drawing.ts";
import { emaOf } from "./ema.ts";
import { factor, type KlineIndicator, period } from "./indicator.ts";

/**
 * Keltner's channel as Raschke has it: the EMA of the close, and `factor` average true ranges above and below.
 * Warm-up: period − 1 for `middle`, for the bands that of the longer of the two.
 */
export const keltner: KlineIndicator = {
  name: "keltner",
  reads: "klines",
  parameters: [period(20), period(10, "atr"), factor(2)],
  outputs: ["upper", "middle", "lower"],
  drawn: overCandles("Keltner", "Keltner channel", BANDS),
  warmUp: (length, range) => {
    const bands = Math.max(length, range) - 1;
    return [bands, length - 1, bands];
  },
  memory: ([length = 1, range = 1]) => {
    const middle = emaMemory(length);
    const bands = longerOf(middle, wilderMemory(range));
    return [bands, middle, bands];
  },
  compute: (klines, length, range, times) => {
    const middle = emaOf(klines.close, length);
    const ranges = atrOf(klines, range);
    return [
      middle.map((price, position) => price + times * (ranges[position] as number)),
      middle,
      middle.map((price, position) => price - times * (ranges[position] as number)),
    ];
  },
};
