import { expect, test } from "bun:test";
import { chartsText, ONE_CHART, readCharts, type SideBySide } from "./view-charts.ts";

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
