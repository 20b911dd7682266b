import { inPane } from "./drawing.ts";
import { type KlineIndicator, period, unknown } from "./indicator.ts";
import { isRounding } from "./rounding.ts";
import { typicalPrices } from "./typical-price.ts";

/**
 * Money flow index, 0 … 100: of the money (typical price × volume) of the last `period` klines, the share of those whose
 * typical price rose; those that didn't move don't count. 50 where none did. Warm-up: period.
 */
export const mfi: KlineIndicator = {
  name: "mfi",
  reads: "klines",
  parameters: [period(14)],
  outputs: ["value"],
  drawn: inPane("MFI", "Money flow index", { levels: [20, 80] }),
  warmUp: (length) => [length],
  compute: (klines, length) => {
    const prices = typicalPrices(klines);
    const index = unknown(prices.length);
    for (let end = length; end < prices.length; end += 1) {
      let [rising, falling] = [0, 0];
      for (let position = end - length + 1; position <= end; position += 1) {
        const price = prices[position] as number;
        const change = price - (prices[position - 1] as number);
        if (isRounding(change, price)) continue;
        const money = price * (klines.volume[position] as number);
        if (change > 0) rising += money;
        else falling += money;
      }
      index[end] = rising + falling === 0 ? 50 : (100 * rising) / (rising + falling);
    }
    return [index];
  },
};
