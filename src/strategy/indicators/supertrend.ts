import { wilderMemory } from "../memory.ts";
import { atrOf } from "./atr.ts";
import { overCandles } from "./drawing.ts";
import { factor, type KlineIndicator, period, unknown } from "./indicator.ts";

/**
 * Seban's supertrend: bands `factor` average true ranges around the middle of each kline, which only ever move closer until
 * a close lies beyond them. `line` is the lower one while the trend is up (`direction` 1) and the upper one while it is
 * down (−1). Begins down unless the first close lies above its band. Warm-up: period − 1.
 */
export const supertrend: KlineIndicator = {
  name: "supertrend",
  reads: "klines",
  parameters: [period(10), factor(3)],
  outputs: ["line", "direction"],
  drawn: overCandles("Supertrend", "Trend line by the average true range", [{ output: "line", shape: "line" }]),
  warmUp: (length) => [length - 1, length - 1],
  memory: ([length = 1]) => [wilderMemory(length), wilderMemory(length)],
  compute: (klines, length, times) => {
    const { high, low, close } = klines;
    const ranges = atrOf(klines, length);
    const line = unknown(close.length);
    const direction = unknown(close.length);
    let [upper, lower, before, up] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, false];
    for (let position = length - 1; position < close.length; position += 1) {
      const price = close[position] as number;
      const middle = ((high[position] as number) + (low[position] as number)) / 2;
      const reach = times * (ranges[position] as number);
      if (middle + reach < upper || before > upper) upper = middle + reach;
      if (middle - reach > lower || before < lower) lower = middle - reach;
      up = up ? price >= lower : price > upper;
      line[position] = up ? lower : upper;
      direction[position] = up ? 1 : -1;
      before = price;
    }
    return [line, direction];
  },
};
