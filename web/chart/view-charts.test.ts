import { expect, test } from "bun:test";
import { INTERVALS } from "../../src/core/mod.ts";
import type { ChartChoice } from "./chart-route.ts";
import { chartsBeside, chartsText, ONE_CHART, readCharts, type SideBySide } from "./view-charts.ts";

test("charts side by side are read as they were written", () => {
  const charts: SideBySide = [
    { symbol: "BYBIT:BTCUSDT.P", interval: "1h" },
    undefined,
    { symbol: "BTCUSD_240927", interval: "1M" },
    { symbol: "币安人生USDT", interval: "5m" },
  ];
  expect(chartsText(charts)).toBe("BYBIT:BTCUSDT.P-1h*-*BTCUSD_240927-1M*币安人生USDT-5m");
  expect(readCharts(chartsText(charts))).toEqual(charts);
  expect(readCharts(chartsText(ONE_CHART))).toEqual(ONE_CHART);
});

test("a number of charts that there isn't, no active one or two, and what is no series mean nothing", () => {
  for (const text of [
    "",
    "-*A-1m*B-1m",
    "A-1m*B-1m",
    "-*-",
    "-*A",
    "-*A-7m",
    "-*-1m",
    "A-1m",
    "-*<img>-5m",
    `-*${"x".repeat(300)}-5m`,
  ]) {
    expect(readCharts(text)).toBeUndefined();
  }
});

test("new charts have intervals that no other chart has, the next longer ones first", () => {
  const of = (interval: ChartChoice["interval"]): ChartChoice => ({ symbol: "BTCUSDT", interval });
  const intervals = (before: readonly ChartChoice[], all: readonly ChartChoice["interval"][] = INTERVALS): string[] =>
    chartsBeside(of("5m"), before, all, 3).map(({ symbol, interval }) => `${symbol}-${interval}`);
  expect(intervals([])).toEqual(["BTCUSDT-15m", "BTCUSDT-30m", "BTCUSDT-1h"]);
  expect(intervals([of("15m")])).toEqual(["BTCUSDT-15m", "BTCUSDT-30m", "BTCUSDT-1h"]);
  expect(intervals([of("1h"), { symbol: "ETHUSDT", interval: "15m" }])).toEqual([
    "BTCUSDT-1h",
    "ETHUSDT-15m",
    "BTCUSDT-15m",
  ]);
  // Where a server has too few intervals, some are there twice.
  expect(intervals([], ["1m", "5m"])).toEqual(["BTCUSDT-1m", "BTCUSDT-1m", "BTCUSDT-5m"]);
});
