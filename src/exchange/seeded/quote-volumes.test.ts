import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Kline, UnixMs } from "../../core/mod.ts";
import { grown } from "../growth.ts";
import { SeededMarket } from "./market.ts";
import { spread, tilted } from "./spread.ts";

const NOW = Date.UTC(2026, 1, 10, 12) as UnixMs;
const HOUR = 3_600_000;
const ALL = Number.POSITIVE_INFINITY;

/** Quote amounts have 8 decimals: what they can't say is rounded. */
const ROUNDED = 1e-8;

/** How far a candle's quote volume lies beyond what its volume was worth at its low and at its high; 0 within. */
function beyond({ low, high, volume, quoteVolume }: Kline): number {
  const slack = ROUNDED + Math.abs(quoteVolume) * 1e-12;
  return Math.max(0, low * volume - slack - quoteVolume, quoteVolume - high * volume - slack);
}

test.each([1, 2, 3])("the average price of every candle lies within it, at any length, seed %d", (seed) => {
  const market = new SeededMarket(seed, NOW, 60);
  for (const { symbol } of market.pairs) {
    for (const [interval, span] of [
      ["1m", 12 * HOUR],
      ["5m", 12 * HOUR],
      ["1h", 400 * HOUR],
      ["1d", 1_000 * HOUR],
    ] as const) {
      const klines = market.klines(symbol, interval, NOW - span, NOW, ALL);
      expect(klines.length).toBeGreaterThan(30);
      const wrong = klines.filter((kline) => beyond(kline) > 0 || !(kline.volume > 0));
      expect({ symbol, interval, wrong }).toEqual({ symbol, interval, wrong: [] });
    }
  }
});

test("and that of what a minute is on its way, while its amounts only grow", () => {
  const market = new SeededMarket(4, NOW, 20);
  for (const pair of market.pairs) {
    for (const minute of market.klines(pair.symbol, "1m", NOW - HOUR, NOW, ALL)) {
      let before = 0;
      for (let elapsed = 1_000; elapsed <= 60_000; elapsed += 1_000) {
        const state = grown(minute, elapsed, pair);
        expect(beyond(state)).toBe(0);
        expect(state.quoteVolume).toBeGreaterThanOrEqual(before);
        before = state.quoteVolume;
      }
      expect(before).toBe(minute.quoteVolume);
    }
  }
});

test("no minute has nearly all of its hour's volume", () => {
  const market = new SeededMarket(5, NOW, 30);
  for (const { symbol } of market.pairs) {
    for (let hour = NOW - 24 * HOUR; hour < NOW; hour += HOUR) {
      const volumes = market.klines(symbol, "1m", hour, hour + HOUR - 1, ALL).map(({ volume }) => volume);
      expect(Math.max(...volumes) / volumes.reduce((sum, volume) => sum + volume, 0)).toBeLessThan(0.75);
    }
  }
});

test("numbers are spread within their bounds to any sum that these allow, and to no other", () => {
  const bound = fc.tuple(
    fc.integer({ min: 0, max: 1e6 }),
    fc.integer({ min: 0, max: 1e6 }),
    fc.double({ min: 0, max: 2e6, noNaN: true }),
  );
  fc.assert(
    fc.property(
      fc.array(bound, { minLength: 1, maxLength: 60 }),
      fc.double({ min: -0.2, max: 1.2, noNaN: true }),
      (all, share) => {
        const low = all.map(([a, b]) => Math.min(a, b));
        const high = all.map(([a, b]) => Math.max(a, b));
        const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
        const total = Math.round(sum(low) + share * (sum(high) - sum(low))) + 0;
        const found = spread(
          total,
          all.map(([, , wanted]) => wanted),
          low,
          high,
        );
        expect(found === undefined).toBe(total < sum(low) || total > sum(high));
        if (found === undefined) return;
        expect(sum(found)).toBe(total);
        for (const [at, value] of found.entries())
          expect(value).toBeWithin(low[at] as number, (high[at] as number) + 1);
      },
    ),
    { numRuns: 2_000 },
  );
});

test("weights are tilted to a mean that the points allow", () => {
  const weights = tilted([1, 1, 1, 1], [10, 20, 30, 40], 33);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  expect([10, 20, 30, 40].reduce((sum, point, at) => sum + point * Number(weights[at]), 0) / total).toBeCloseTo(33, 9);
  expect(tilted([1, 2], [5, 5], 5)).toEqual([1, 2]);
});
