import { expect, test } from "bun:test";
import { INTERVALS } from "../../src/core/mod.ts";
import { CHART_SPANS, intervalFor } from "./chart-spans.ts";

test("a span is shown in the shortest interval of which there isn't a crowd", () => {
  expect(CHART_SPANS.map(({ name, ms }) => [name, intervalFor(ms, INTERVALS)])).toEqual([
    ["Day", "3m"],
    ["Month", "1h"],
    ["Year", "12h"],
    ["All", "1M"],
  ]);
});

test("a server that keeps few candles of a series shows the span in an interval of which it has all", () => {
  expect(CHART_SPANS.map(({ name, ms }) => [name, intervalFor(ms, INTERVALS, 500)])).toEqual([
    ["Day", "3m"],
    ["Month", "2h"],
    ["Year", "1d"],
    ["All", "1M"],
  ]);
  expect(intervalFor(31 * 86_400_000, ["1m", "1h", "4h", "1d"], 500)).toBe("4h");
});

test("a server with few intervals shows it in the longest, and one without any in none", () => {
  expect(intervalFor(365 * 86_400_000, ["1m", "1h"])).toBe("1h");
  expect(intervalFor(1, [])).toBeUndefined();
});
