import { expect, test } from "bun:test";
import { parseRoute, type Route } from "../shell/route.ts";
import { candleFault, candleOf } from "./chart-goal.ts";
import { chartChoiceOf, chartFault, chartHash } from "./chart-route.ts";

const choiceOf = (hash: string): ReturnType<typeof chartChoiceOf> => chartChoiceOf(parseRoute(hash) as Route);

const AT = Date.UTC(2026, 1, 10);

test("a symbol may be typed in lower case, an interval not: 1m is a minute, 1M a month", () => {
  expect(choiceOf("#/chart/btcusdt/1M")).toEqual({ symbol: "BTCUSDT", interval: "1M" });
  expect(choiceOf("#/chart/BTCUSDT/1W")).toBeUndefined();
});

test("a chart's address is read as it was written, and may name a candle", () => {
  const choice = { symbol: "币安人生USDT", interval: "5m" } as const;
  expect(choiceOf(chartHash(choice))).toEqual(choice);
  expect(choiceOf(chartHash(choice, AT))).toEqual(choice);
  const candle = (hash: string): number | undefined => candleOf(parseRoute(hash) as Route);
  expect(candle(chartHash(choice, AT))).toBe(AT);
  for (const hash of [
    chartHash(choice),
    `${chartHash(choice)}?at=`,
    `${chartHash(choice)}?at=-1`,
    `${chartHash(choice)}?at=9999999999999999`,
    `${chartHash(choice)}?at=4200000000000`,
  ])
    expect({ hash, candle: candle(hash) }).toEqual({ hash, candle: undefined });
});

test("other screens and half an address choose no chart", () => {
  for (const hash of ["#/chart", "#/chart/BTCUSDT", "#/chart/BTCUSDT/5m/x", "#/markets/BTCUSDT/5m"]) {
    expect({ hash, choice: choiceOf(hash) }).toEqual({ hash, choice: undefined });
  }
});

test("what is wrong with an address is said in words, and only there", () => {
  const faultOf = (hash: string): string | undefined => chartFault(parseRoute(hash) as Route);
  expect(faultOf("#/chart/BTCUSDT/2m")).toBe('"2m" is not an interval.');
  expect(faultOf("#/chart/BTCUSDT/5m/x")).toBe("There is no chart BTCUSDT/5m/x.");
  expect(faultOf("#/chart/%3Cimg%3E/5m")).toBe('"<img>" is not a symbol such as BTCUSDT.');
  expect(faultOf("#/chart/a%20b")).toBe('"a b" is not a symbol such as BTCUSDT.');
  expect(candleFault(parseRoute("#/chart/BTCUSDT/5m?at=9999999999999999") as Route)).toBe(
    '"at=9999999999999999" in the address means nothing; expected a candle\'s open time in milliseconds.',
  );
  expect(candleFault(parseRoute(chartHash({ symbol: "BTCUSDT", interval: "5m" }, AT)) as Route)).toBeUndefined();
  for (const hash of ["#/chart", "#/chart/BTCUSDT", "#/chart/BTCUSDT/5m", "#/markets/BTCUSDT/5m"]) {
    expect({ hash, fault: faultOf(hash) }).toEqual({ hash, fault: undefined });
  }
});
