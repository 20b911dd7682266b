import { closeTimeOf, type Interval, type UnixMs } from "../../core/mod.ts";
import { DAY_MS, dayOf } from "../day.ts";
import { NO_MEMORY } from "../memory.ts";
import { overCandles } from "./drawing.ts";
import { type KlineIndicator, type PriceColumns, unknown } from "./indicator.ts";
import { typicalPrices } from "./typical-price.ts";

/** The period of an average that begins with each day. */
const SESSION = 0;

/**
 * Volume-weighted average price: Σ (typical price × volume) ÷ Σ volume. Without a period it is anchored to the session, as charts have
 * it: it begins anew with the first kline of each day in UTC, since a crypto market never closes. With a period it rolls over so many
 * klines. Without any volume it is the plain mean. Warm-up: none, or period − 1.
 */
export const vwap: KlineIndicator = {
  name: "vwap",
  reads: "klines",
  parameters: [{ name: "period", kind: "period", fallback: SESSION, fallbackText: "the session" }],
  outputs: ["value"],
  drawn: overCandles("VWAP", "Volume-weighted average price"),
  warmUp: (length = SESSION) => [Math.max(length, 1) - 1],
  memory: ([length = SESSION], interval) => [
    length === SESSION ? { shift: klinesOfDay(interval) - 1, ratios: [] } : { ...NO_MEMORY, shift: length - 1 },
  ],
  reaches: (klines, length = SESSION) => length !== SESSION || !beginsWithinSession(klines),
  compute: (klines, length = SESSION) => [length === SESSION ? sessionOf(klines) : rollingOf(klines, length)],
};

/** Whether the first kline isn't the first of its day, and no later day begins in the window: then the session's start is missing. */
function beginsWithinSession({ openTime }: PriceColumns): boolean {
  const [first = 0] = openTime;
  return first % DAY_MS !== 0 && dayOf(first) === dayOf(openTime.at(-1) ?? first);
}

/** How many klines of an interval a day has; 1 for days and what is longer. */
function klinesOfDay(interval: Interval | undefined): number {
  return interval === undefined ? 1 : Math.max(1, DAY_MS / (closeTimeOf(interval, 0 as UnixMs) + 1));
}

function sessionOf(klines: PriceColumns): Float64Array {
  const { openTime, volume } = klines;
  const prices = typicalPrices(klines);
  const averages = unknown(prices.length);
  let [day, first, weighted, plain, weight, count] = [Number.NaN, 0, 0, 0, 0, 0];
  for (let position = 0; position < prices.length; position += 1) {
    if (dayOf(openTime[position] as number) !== day) {
      day = dayOf(openTime[position] as number);
      first = prices[position] as number;
      [weighted, plain, weight, count] = [0, 0, 0, 0];
    }
    // As distances from the session's first price, so that the average of equal prices is exactly that price: see sma.ts.
    const distance = (prices[position] as number) - first;
    weighted += distance * (volume[position] as number);
    plain += distance;
    weight += volume[position] as number;
    count += 1;
    averages[position] = first + (weight === 0 ? plain / count : weighted / weight);
  }
  return averages;
}

function rollingOf(klines: PriceColumns, length: number): Float64Array {
  const { volume } = klines;
  const prices = typicalPrices(klines);
  const averages = unknown(prices.length);
  for (let end = length - 1; end < prices.length; end += 1) {
    // As distances from the last price: see sma.ts.
    const last = prices[end] as number;
    let [weighted, plain, weight] = [0, 0, 0];
    for (let position = end - length + 1; position <= end; position += 1) {
      const distance = (prices[position] as number) - last;
      weighted += distance * (volume[position] as number);
      plain += distance;
      weight += volume[position] as number;
    }
    averages[end] = last + (weight === 0 ? plain / length : weighted / weight);
  }
  return averages;
}
