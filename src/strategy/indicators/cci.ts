import { inPane } from "./drawing.ts";
import { type KlineIndicator, period, unknown } from "./indicator.ts";
import { isRounding } from "./rounding.ts";
import { meanOf } from "./sma.ts";
import { typicalPrices } from "./typical-price.ts";

/**
 * Lambert's commodity channel index: the typical price's distance from its mean, in units of 0.015 mean deviations. 0 where
 * nothing moved. Warm-up: period − 1.
 */
export const cci: KlineIndicator = {
  name: "cci",
  reads: "klines",
  parameters: [period(20)],
  outputs: ["value"],
  drawn: inPane("CCI", "Commodity channel index", { levels: [-100, 100] }),
  warmUp: (length) => [length - 1],
  compute: (klines, length) => {
    const prices = typicalPrices(klines);
    const means = meanOf(prices, length);
    const index = unknown(prices.length);
    for (let end = length - 1; end < prices.length; end += 1) {
      const mean = means[end] as number;
      let deviation = 0;
      for (let position = end - length + 1; position <= end; position += 1) {
        deviation += Math.abs((prices[position] as number) - mean);
      }
      const mad = deviation / length;
      index[end] = isRounding(mad, mean) ? 0 : ((prices[end] as number) - mean) / (0.015 * mad);
    }
    return [index];
  },
};
