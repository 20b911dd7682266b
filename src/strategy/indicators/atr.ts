import { wilderMemory } from "../memory.ts";
import { inPane } from "./drawing.ts";
import { type KlineIndicator, type PriceColumns, period } from "./indicator.ts";
import { wilderOf } from "./wilder.ts";

/** Wilder's average true range: his smoothing of the true ranges. Warm-up: period − 1. */
export const atr: KlineIndicator = {
  name: "atr",
  reads: "klines",
  parameters: [period(14)],
  outputs: ["value"],
  drawn: inPane("ATR", "Average true range", { unit: "price" }),
  warmUp: (length) => [length - 1],
  memory: ([length = 1]) => [wilderMemory(length)],
  compute: (klines, length) => [atrOf(klines, length)],
};

export function atrOf(klines: PriceColumns, length: number): Float64Array {
  return wilderOf(trueRanges(klines), length);
}

/** How far each kline's prices went, the close before it among them; the first has only its own high and low. */
export function trueRanges({ high, low, close }: PriceColumns): Float64Array {
  return high.map((top, position) => {
    const bottom = low[position] as number;
    if (position === 0) return top - bottom;
    const before = close[position - 1] as number;
    return Math.max(top - bottom, Math.abs(top - before), Math.abs(bottom - before));
  });
}
