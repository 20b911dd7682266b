import type { PriceColumns } from "./indicator.ts";

/** (high + low + close) ÷ 3 of each kline, as distances from the close: exactly the price where all three are one. */
export function typicalPrices({ high, low, close }: PriceColumns): Float64Array {
  const prices = new Float64Array(close.length);
  for (let position = 0; position < close.length; position += 1) {
    const last = close[position] as number;
    prices[position] = last + ((high[position] as number) - last + ((low[position] as number) - last)) / 3;
  }
  return prices;
}
