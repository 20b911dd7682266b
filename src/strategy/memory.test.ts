import { describe, expect, test } from "bun:test";
import { seededRandom } from "../core/mod.ts";
import { INDICATORS } from "./indicators/all.ts";
import type { PriceColumns } from "./indicators/indicator.ts";
import { klinesWantedBy } from "./indicators/reach.ts";
import { emaMemory, klinesFor, MAX_SERIES_KLINES, RESIDUAL, residualOf, wilderMemory } from "./memory.ts";
import { shortWindows } from "./windows.ts";

const KLINES = 6_000;

/** A market of hours with trends, so that averages that begin elsewhere are far apart. */
function market(seed: number): PriceColumns {
  const random = seededRandom(seed);
  const columns = { openTime: [], open: [], high: [], low: [], close: [], volume: [] } as Record<
    keyof PriceColumns,
    number[]
  >;
  let [price, drift] = [100, 0];
  for (let row = 0; row < KLINES; row += 1) {
    if (random() < 0.02) drift = (random() - 0.5) / 200;
    const open = price;
    price *= 1 + drift + (random() - 0.5) / 40;
    columns.openTime.push(Date.UTC(2026, 1, 10) + row * 3_600_000);
    columns.open.push(open);
    columns.close.push(price);
    columns.high.push(Math.max(open, price) * (1 + random() / 100));
    columns.low.push(Math.min(open, price) * (1 - random() / 100));
    columns.volume.push(random() * 1_000);
  }
  return columnsOf(columns);
}

function columnsOf(columns: Readonly<Record<keyof PriceColumns, readonly number[]>>): PriceColumns {
  const column = (name: keyof PriceColumns): Float64Array => Float64Array.from(columns[name]);
  return {
    openTime: column("openTime"),
    open: column("open"),
    high: column("high"),
    low: column("low"),
    close: column("close"),
    volume: column("volume"),
  };
}

function newest(klines: PriceColumns, count: number): PriceColumns {
  const part = (column: Float64Array): Float64Array => column.subarray(column.length - count);
  const { openTime, open, high, low, close, volume } = klines;
  return {
    openTime: part(openTime),
    open: part(open),
    high: part(high),
    low: part(low),
    close: part(close),
    volume: part(volume),
  };
}

describe("a window of as many klines as an indicator wants gives what all history gives", () => {
  const cases = [
    ["ema", [20]],
    ["ema", [200]],
    ["ema", [1]],
    ["rsi", [14]],
    ["rsi", [50]],
    ["macd", [12, 26, 9]],
    ["macd", [50, 200, 30]],
    ["atr", [14]],
    ["adx", [14]],
    ["adx", [50]],
    ["stochRsi", [14, 14, 3, 3]],
    ["keltner", [20, 10, 2]],
    ["keltner", [10, 100, 2]],
    ["sma", [300]],
    ["vwap", [0]],
  ] as [string, number[]][];
  test.each(cases)("%s(%p)", (name, parameters) => {
    const indicator = INDICATORS.find((one) => one.name === name);
    if (indicator === undefined || indicator.reads === "pair") throw new Error(name);
    const compute = (klines: PriceColumns): readonly Float64Array[] =>
      indicator.reads === "klines"
        ? indicator.compute(klines, ...parameters)
        : indicator.compute(klines.close, ...parameters);
    const wanted = klinesWantedBy(indicator, parameters, "1h");
    for (let seed = 1; seed <= 5; seed += 1) {
      const all = market(seed);
      const [whole, window, half] = [all, newest(all, wanted), newest(all, Math.ceil(wanted / 2))].map(compute);
      for (const at of indicator.outputs.keys()) {
        const truth = whole?.[at]?.at(-1) as number;
        // In units of the price, or of an oscillator's hundred.
        const unit = Math.max(100, Math.abs(truth), Math.max(...all.close));
        expect(Math.abs((window?.[at]?.at(-1) as number) - truth) / unit).toBeLessThan(2 * RESIDUAL);
        // And no window much shorter than that would do.
        if (name === "ema" && wanted > 2) {
          expect(Math.abs((half?.[at]?.at(-1) as number) - truth) / truth).toBeGreaterThan(2 * RESIDUAL);
        }
      }
    }
  });
});

test("what a window leaves to the klines before it", () => {
  // By hand: (199 ÷ 201)^249 = e^(−2.49) = 0.0829 of the first value, which is the 1.8 % that 250 hours of a moving market show.
  expect(residualOf(emaMemory(200), 250)).toBeCloseTo(0.08292, 4);
  expect(residualOf(emaMemory(200), klinesFor(emaMemory(200)))).toBeLessThan(RESIDUAL);
  expect(residualOf(emaMemory(200), klinesFor(emaMemory(200)) - 1)).toBeGreaterThanOrEqual(RESIDUAL);
  // (13 ÷ 14)^100 = e^(−7.4108) = 0.000605.
  expect(residualOf(wilderMemory(14), 114)).toBeCloseTo(0.000605, 6);
  expect(residualOf({ shift: 19, ratios: [] }, 20)).toBe(0);
  expect(residualOf({ shift: 19, ratios: [] }, 19)).toBe(1);
});

test("how far beyond all that is kept an average looks back isn't found out", () => {
  const memory = { shift: 0, ratios: new Array<number>(280).fill(999 / 1_001) };
  expect(klinesFor(memory)).toBe(MAX_SERIES_KLINES + 1);
  const column = { expression: "ema(…)", klinesWanted: klinesFor(memory), memory, warmUp: 0 };
  // Averages of 280 times 500 klines: what is seen has hardly begun to count.
  expect(shortWindows(new Map([["1m", column]]), 500)).toEqual([
    "ema(…) needs more than 20,000 closed klines of 1m; this server keeps 500, and a filter sees 400: it may be off by 100 % of how far its input moved before (the bound is 0.0001 %)",
  ]);
});
