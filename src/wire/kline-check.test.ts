import { expect, test } from "bun:test";
import fc from "fast-check";
import * as v from "valibot";
import { isKlinesAnswer, isSeriesAnswer } from "./kline-check.ts";
import { klinesSchema, seriesSchema } from "./mod.ts";

/** What fields may hold, good and bad. */
const VALUES = [
  0,
  -1,
  1.5,
  7,
  2 ** 53,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  "1",
  "",
  "1m",
  "7m",
  true,
  null,
  undefined,
  [],
  {},
];
const KLINE = {
  openTime: 0,
  open: 1,
  high: 2,
  low: 0.5,
  close: 1.5,
  volume: 3,
  closeTime: 59_999,
  quoteVolume: 4,
  trades: 5,
  takerBuyVolume: 1,
  takerBuyQuoteVolume: 2,
  closed: true,
};
const ANSWER = { symbol: "BTCUSDT", interval: "1m", count: 2, complete: true, settled: true, klines: [KLINE, KLINE] };

/** An answer in which some fields, of itself or of a candle, hold something else. */
const changed = fc
  .record({
    own: fc.dictionary(fc.constantFrom(...Object.keys(ANSWER)), fc.constantFrom(...VALUES), { maxKeys: 1 }),
    candle: fc.dictionary(fc.constantFrom(...Object.keys(KLINE)), fc.constantFrom(...VALUES), { maxKeys: 2 }),
  })
  .map(({ own, candle }) => ({ ...ANSWER, klines: [KLINE, { ...KLINE, ...candle }], ...own }));

test("the check by hand says yes only to what the schema takes", () => {
  let [yes, no] = [0, 0];
  fc.assert(
    fc.property(changed, (answer) => {
      const series = { count: 1, series: [answer] };
      if (isKlinesAnswer(answer)) {
        yes += 1;
        expect(v.safeParse(klinesSchema, answer).success).toBe(true);
        expect(v.safeParse(seriesSchema, series).success).toBe(true);
      } else no += 1;
      expect(isSeriesAnswer(series)).toBe(isKlinesAnswer(answer));
    }),
    { numRuns: 3_000 },
  );
  expect(Math.min(yes, no)).toBeGreaterThan(100);
});

test("it knows every answer that is right", () => {
  expect([isKlinesAnswer(ANSWER), isKlinesAnswer({ ...ANSWER, newer: 1, klines: [] })]).toEqual([true, true]);
  for (const value of VALUES) expect([isKlinesAnswer(value), isSeriesAnswer(value)]).toEqual([false, false]);
});

test("a figure that the market doesn't send is null, and no other is", () => {
  for (const column of ["quoteVolume", "trades", "takerBuyVolume", "takerBuyQuoteVolume"]) {
    const answer = { ...ANSWER, klines: [KLINE, { ...KLINE, [column]: null }] };
    expect([isKlinesAnswer(answer), v.safeParse(klinesSchema, answer).success]).toEqual([true, true]);
  }
  for (const column of ["openTime", "open", "high", "low", "close", "volume", "closeTime"]) {
    const answer = { ...ANSWER, klines: [{ ...KLINE, [column]: null }] };
    expect([isKlinesAnswer(answer), v.safeParse(klinesSchema, answer).success]).toEqual([false, false]);
  }
});
