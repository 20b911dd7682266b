import type { PriceColumns } from "./indicator.ts";

/** (high + low + close) ÷ 3 of each kline. */
export function typicalPrices({ high, low, close }: PriceColumns): Float64Array {
  const prices = new Float64Array(close.length);
  for (let position = 0; position < close.length; position += 1) {
    prices[position] = ((high[position] as number) + (low[position] as number) + (close[position] as number)) / 3;
  }
  return prices;
}
