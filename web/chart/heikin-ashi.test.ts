import { expect, test } from "bun:test";
import { heikinAshi, type Prices } from "./heikin-ashi.ts";

const MINUTE = 60_000;
const at = (minute: number, open: number, high: number, low: number, close: number): Prices => ({
  openTime: minute * MINUTE,
  open,
  high,
  low,
  close,
});

test("the first candle opens in the middle of its body, each later one in the middle of the one before", () => {
  const candles = [at(0, 10, 14, 8, 12), at(1, 12, 16, 11, 15), at(2, 15, 15.5, 9, 10)];
  expect(heikinAshi(candles, "1m")).toEqual([
    // Open (10 + 12) / 2, close (10 + 14 + 8 + 12) / 4.
    at(0, 11, 14, 8, 11),
    at(1, 11, 16, 11, 13.5),
    // Open (11 + 13.5) / 2.
    at(2, 12.25, 15.5, 9, 12.375),
  ]);
});

test("its own open may be the highest or the lowest price", () => {
  const candles = [at(0, 100, 101, 99, 100), at(1, 50, 52, 48, 50)];
  expect(heikinAshi(candles, "1m")[1]).toEqual(at(1, 100, 100, 48, 50));
});

test("after a gap it begins anew", () => {
  const candles = [at(0, 10, 14, 8, 12), at(2, 20, 26, 18, 24)];
  expect(heikinAshi(candles, "1m")[1]).toEqual(at(2, 22, 26, 18, 22));
});

test("it goes on from candles that are known already", () => {
  const candles = Array.from({ length: 9 }, (_, minute) => at(minute, minute, minute + 3, minute - 1, minute + 2));
  const all = heikinAshi(candles, "1m");
  expect(heikinAshi(candles.slice(6), "1m", all[5])).toEqual(all.slice(6));
});

test("when older candles come, half of the first open's difference is left at each candle", () => {
  const candles = Array.from({ length: 60 }, (_, minute) => {
    const middle = 100 + 7 * Math.sin(minute / 5);
    return at(minute, middle - 1, middle + 3, middle - 3, middle + 1);
  });
  const [all, late] = [heikinAshi(candles, "1m"), heikinAshi(candles.slice(30), "1m")];
  const open = (some: readonly Prices[], index: number): number => some.at(index)?.open ?? Number.NaN;
  const first = Math.abs(open(all, 30) - open(late, 0));
  expect(first).toBeGreaterThan(0.1);
  for (const candle of [1, 2, 5, 20]) {
    expect(Math.abs(open(all, 30 + candle) - open(late, candle))).toBeCloseTo(first / 2 ** candle, 9);
  }
});
