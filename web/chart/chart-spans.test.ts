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

test("a server with few intervals shows it in the longest, and one without any in none", () => {
  expect(intervalFor(365 * 86_400_000, ["1m", "1h"])).toBe("1h");
  expect(intervalFor(1, [])).toBeUndefined();
});
