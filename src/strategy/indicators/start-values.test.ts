import { expect, test } from "bun:test";
import { atr } from "./atr.ts";
import { ema } from "./ema.ts";
import type { PriceColumns } from "./indicator.ts";
import { macd } from "./macd.ts";
import { obv } from "./obv.ts";
import { rsi } from "./rsi.ts";
import { supertrend } from "./supertrend.ts";
import { vwap } from "./vwap.ts";

// The start values in docs/filters.md, computed by hand, with those of TA-Lib and TradingView where they differ.

const NONE = Number.NaN;

function klines(rows: readonly (readonly [high: number, low: number, close: number, volume: number])[]): PriceColumns {
  const column = (pick: (row: (typeof rows)[number], at: number) => number): Float64Array =>
    Float64Array.from(rows, pick);
  return {
    openTime: column((_, at) => Date.UTC(2026, 1, 10, 22) + at * 3_600_000),
    open: column(([, , close]) => close),
    high: column(([high]) => high),
    low: column(([, low]) => low),
    close: column(([, , close]) => close),
    volume: column(([, , , volume]) => volume),
  };
}

test("the EMA begins with its first value", () => {
  // Weight 2 ÷ 4: 1, then (1 + 2) ÷ 2 = 1.5, (1.5 + 6) ÷ 2 = 3.75, (3.75 + 4) ÷ 2 = 3.875.
  expect([...(ema.compute(Float64Array.of(1, 2, 6, 4), 3)[0] ?? [])]).toEqual([NONE, NONE, 3.75, 3.875]);
  // Pine's ta.ema is the same. TA-Lib begins with the mean of the first three, 3, and so has 3 and 3.5.
});

test("the RSI begins with the means of the first period, as Wilder's does", () => {
  // Changes 1, −1, 2: rises 3 ÷ 3 and falls 1 ÷ 3, so 100 − 100 ÷ (1 + 3) = 75; then −3: rises 2 ÷ 3, falls 11 ÷ 9, so 100 − 100 ÷ (1 + 6 ÷ 11).
  const strengths = rsi.compute(Float64Array.of(5, 6, 5, 7, 4), 3)[0] ?? [];
  expect([...strengths].slice(0, 3)).toEqual([NONE, NONE, NONE]);
  expect(strengths[3]).toBeCloseTo(75, 12);
  expect(strengths[4]).toBeCloseTo(100 - 100 / (1 + 6 / 11), 12);
});

test("the first bar's true range is its high less its low", () => {
  // 2, then max(3, |13 − 10|, |10 − 10|) = 3, then max(1, |9 − 12|, |8 − 12|) = 4: (2 + 3) ÷ 2 = 2.5, (2.5 + 4) ÷ 2 = 3.25.
  const rows = klines([
    [11, 9, 10, 1],
    [13, 10, 12, 1],
    [9, 8, 8, 1],
  ]);
  expect([...(atr.compute(rows, 2)[0] ?? [])]).toEqual([NONE, 2.5, 3.25]);
  // TA-Lib leaves the first bar out and begins a bar later: (3 + 4) ÷ 2 = 3.5.
});

test("without a period, the VWAP begins anew at 00:00 UTC", () => {
  // 22:00 and 23:00: 10, then (10 × 1 + 20 × 3) ÷ 4 = 17.5. From 00:00: 30, then (30 × 2 + 60 × 1) ÷ 3 = 40.
  const rows = klines([
    [10, 10, 10, 1],
    [22, 18, 20, 3],
    [33, 27, 30, 2],
    [60, 60, 60, 1],
  ]);
  expect([...(vwap.compute(rows, 0)[0] ?? [])]).toEqual([10, 17.5, 30, 40]);
  // With one it rolls: (20 × 3 + 30 × 2) ÷ 5 = 24.
  expect([...(vwap.compute(rows, 2)[0] ?? [])]).toEqual([NONE, 17.5, 24, 40]);
});

test("MACD's signal begins with its first difference, OBV with 0, and the supertrend downwards", () => {
  // EMA 1 is the price, EMA 2 has weight 2 ÷ 3: 3, 3, 5; so differences 0, 0 and 1, and the signal with weight 2 ÷ 3: 0, 2 ÷ 3.
  const [line, signal] = macd.compute(Float64Array.of(3, 3, 6), 1, 2, 2);
  expect([...(line ?? [])]).toEqual([NONE, 0, 1]);
  expect(signal?.[2]).toBeCloseTo(2 / 3, 12);
  const rows = klines([
    [11, 9, 10, 5],
    [12, 10, 11, 7],
    [12, 8, 9, 2],
  ]);
  expect([...(obv.compute(rows)[0] ?? [])]).toEqual([0, 7, 5]);
  expect([...(supertrend.compute(rows, 1, 3)[1] ?? [])]).toEqual([-1, -1, -1]);
});
