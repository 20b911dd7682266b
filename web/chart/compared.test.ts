import { expect, test } from "bun:test";
import { emptyKline, type UnixMs } from "../../src/core/mod.ts";
import type { WireKline } from "../../src/wire/mod.ts";
import { chartPoints } from "./chart-points.ts";
import { changeSince, closesAt, comparedText, readCompared } from "./compared.ts";

const kline = (minute: number, close: number): WireKline => ({
  ...emptyKline(),
  openTime: (minute * 60_000) as UnixMs,
  close,
});

test("a symbol's closes are at the chart's candles, and where one of them has none there is none", () => {
  const points = chartPoints([kline(1, 10), kline(2, 11), kline(4, 12), kline(5, 13)], "1m");
  const other = [kline(0, 100), kline(1, 101), kline(3, 103), kline(4, 104)];
  expect(closesAt(points, other)).toEqual([101, undefined, undefined, 104, undefined]);
});

test("a change counts from the first candle in sight that the symbol has", () => {
  const klines = [kline(1, 80), kline(3, 100), kline(4, 110), kline(6, 95)];
  expect(changeSince(klines, 2 * 60_000, 4 * 60_000)).toBe(10);
  expect(changeSince(klines, 3 * 60_000, 6 * 60_000)).toBe(-5);
  expect(changeSince(klines, 0, 3 * 60_000)).toBe(25);
  expect(changeSince(klines, 0, 5 * 60_000)).toBeUndefined();
  expect(changeSince(klines, 4 * 60_000, 3 * 60_000)).toBeUndefined();
  expect(changeSince([], 0, 0)).toBeUndefined();
});

test("symbols are read from the address as they were written, each once, four at most", () => {
  const symbols = ["ETHUSDT", "BYBIT:SOLUSDT.P"];
  expect(comparedText(symbols)).toBe("ETHUSDT*BYBIT:SOLUSDT.P");
  expect(readCompared(comparedText(symbols))).toEqual(symbols);
  expect(readCompared("ethusdt*ETHUSDT")).toEqual(["ETHUSDT"]);
  for (const text of ["", "A*", "A**B", "A*B*C*D*E", "<img>", "x".repeat(3_000)])
    expect(readCompared(text)).toBeUndefined();
});
