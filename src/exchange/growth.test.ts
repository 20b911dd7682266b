import { expect, test } from "bun:test";
import fc from "fast-check";
import { type Kline, klineFault, type UnixMs } from "../core/mod.ts";
import { grown } from "./growth.ts";
import { summed } from "./sum.ts";

const OPEN = Date.UTC(2026, 1, 10) as UnixMs;
const PAIR = { symbol: "BTCUSDT", base: "BTC", quote: "USDT", priceDecimals: 2, quantityDecimals: 5 };
const cents = (least: number, most: number): fc.Arbitrary<number> =>
  fc.integer({ min: least, max: most }).map((value) => value / 100);

const finals: fc.Arbitrary<Kline> = fc
  .record({
    prices: fc.tuple(cents(100, 900_000), cents(100, 900_000), cents(0, 5_000), cents(0, 90)),
    volume: fc.integer({ min: 0, max: 1e9 }),
    taker: fc.float({ min: 0, max: 1, noNaN: true }),
    trades: fc.nat(100_000),
  })
  .map(({ prices: [open, close, above, below], volume, taker, trades }) => ({
    openTime: OPEN,
    closeTime: (OPEN + 59_999) as UnixMs,
    open,
    high: Math.max(open, close) + above,
    low: Math.min(open, close) - below,
    close,
    volume: volume / 1e5,
    quoteVolume: Math.round(volume * open) / 1e5,
    trades,
    takerBuyVolume: Math.floor(volume * taker) / 1e5,
    takerBuyQuoteVolume: Math.floor(Math.floor(volume * taker) * open) / 1e5,
    closed: true,
  }));

test("a candle grows: it is sound at every moment, nothing shrinks, and in the end it is exactly the final one", () => {
  fc.assert(
    fc.property(finals, (final) => {
      let before: Kline | undefined;
      for (let elapsed = 1_000; elapsed < 60_000; elapsed += 1_000) {
        const state = grown(final, elapsed, PAIR);
        expect(klineFault(state)).toBeUndefined();
        expect(state.closed).toBe(false);
        expect(state.open).toBe(final.open);
        expect(state.high).toBeLessThanOrEqual(final.high);
        expect(state.low).toBeGreaterThanOrEqual(final.low);
        expect(state.takerBuyVolume).toBeLessThanOrEqual(state.volume);
        if (before !== undefined) {
          expect(state.high).toBeGreaterThanOrEqual(before.high);
          expect(state.low).toBeLessThanOrEqual(before.low);
          for (const column of ["volume", "quoteVolume", "trades", "takerBuyVolume", "takerBuyQuoteVolume"] as const) {
            expect(state[column]).toBeGreaterThanOrEqual(before[column]);
          }
        }
        before = state;
      }
      expect(grown(final, 60_000, PAIR)).toBe(final);
    }),
  );
});

test("an unknown amount stays unknown while a candle grows, and the others grow", () => {
  const optional = ["quoteVolume", "trades", "takerBuyVolume", "takerBuyQuoteVolume"] as const;
  fc.assert(
    fc.property(finals, fc.subarray([...optional]), fc.integer({ min: 1, max: 59 }), (final, unknown, seconds) => {
      const lacking = Object.fromEntries(unknown.map((column) => [column, Number.NaN]));
      const state = grown({ ...final, ...lacking }, seconds * 1_000, PAIR);
      expect(klineFault(state, new Set(unknown))).toBeUndefined();
      for (const column of optional) expect(Number.isNaN(state[column])).toBe(unknown.includes(column));
    }),
  );
});

test("sums come out as on paper", () => {
  const part = (volume: number): Kline => ({ ...(fc.sample(finals, 1)[0] as Kline), volume });
  expect(summed([part(0.1), part(0.2)], 0, 1)?.volume).toBe(0.3);
  expect(summed([part(12_345_678.00000001), part(7_654_321.00000002)], 0, 1)?.volume).toBe(19_999_999.00000003);
  expect(summed([], 0, 1)).toBeUndefined();
});
