import { type KlineIndicator, period, unknown } from "./indicator.ts";
import { typicalPrices } from "./typical-price.ts";

/**
 * Volume-weighted average price of the last `period` klines: Σ (typical price × volume) ÷ Σ volume. It rolls instead of
 * beginning anew each day, as a crypto market has no session. Without any volume it is the plain mean. Warm-up: period − 1.
 */
export const vwap: KlineIndicator = {
  name: "vwap",
  reads: "klines",
  parameters: [period(20)],
  outputs: ["value"],
  warmUp: (length) => [length - 1],
  compute: (klines, length) => {
    const { volume } = klines;
    const prices = typicalPrices(klines);
    const averages = unknown(prices.length);
    for (let end = length - 1; end < prices.length; end += 1) {
      // As distances from the last price, so that the average of equal prices is exactly that price: see sma.ts.
      const last = prices[end] as number;
      let [weighted, plain, weight] = [0, 0, 0];
      for (let position = end - length + 1; position <= end; position += 1) {
        const distance = (prices[position] as number) - last;
        weighted += distance * (volume[position] as number);
        plain += distance;
        weight += volume[position] as number;
      }
      averages[end] = last + (weight > 0 ? weighted / weight : plain / length);
    }
    return [averages];
  },
};
