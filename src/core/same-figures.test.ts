import { describe, expect, test } from "bun:test";
import { contradictingColumns, differingColumns, emptyKline } from "./mod.ts";
import { isSameFigure } from "./same-figures.ts";

describe("amounts of one candle", () => {
  test("that a double tells to 8 decimals are the same only when they are equal", () => {
    expect(isSameFigure("quoteVolume", 67_108_863.12345678, 67_108_863.12345679)).toBe(false);
    expect(isSameFigure("volume", 0.1, 0.1)).toBe(true);
  });

  test("that a double can't tell may be a few units in the last place apart, as sums of rounded parts are", () => {
    // BTCUSDT 3d: three days added up, and the exchange's own sum, one unit in the last place apart.
    const sum = 9_876_543_210.123457;
    const next = sum + 2 ** -19;
    expect(next).not.toBe(sum);
    expect(isSameFigure("quoteVolume", sum, next)).toBe(true);
    expect(isSameFigure("quoteVolume", sum, sum + 10 * 2 ** -19)).toBe(false);
    expect(isSameFigure("quoteVolume", sum, sum + 0.01)).toBe(false);
  });

  test("leave no room for prices, counts and times", () => {
    expect(isSameFigure("high", 1e10, 1e10 + 2 ** -19)).toBe(false);
    expect(isSameFigure("trades", 1e10, 1e10 + 1)).toBe(false);
    const kline = { ...emptyKline(), quoteVolume: 1e10 };
    const other = { ...kline, quoteVolume: 1e10 + 2 ** -19, trades: 1, high: 2 };
    expect(differingColumns(kline, other)).toEqual(["high", "trades"]);
  });
});

test("a figure that isn't known differs from one that is, and contradicts none", () => {
  const kline = { ...emptyKline(), volume: 3, trades: 7, quoteVolume: 5 };
  const other = { ...kline, trades: Number.NaN, quoteVolume: Number.NaN, volume: 4 };
  expect(differingColumns(kline, other)).toEqual(["volume", "quoteVolume", "trades"]);
  for (const [a, b] of [
    [kline, other],
    [other, kline],
  ] as const)
    expect(contradictingColumns(a, b)).toEqual(["volume"]);
  expect(differingColumns(other, { ...other })).toEqual([]);
});
