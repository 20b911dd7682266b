import { expect, test } from "bun:test";
import { parseRoute, type Route } from "../shell/route.ts";
import { utcText } from "../text/utc.ts";
import { type ChartGoal, goalOf, missedText, momentOf } from "./chart-goal.ts";

const goal = (query: string): ChartGoal | undefined => goalOf(parseRoute(`#/chart/BTCUSDT/5m?${query}`) as Route);

test("an address asks for a candle, for a range, or for nothing; a candle comes first", () => {
  expect(goal("at=1770681600000")).toEqual({ kind: "candle", at: 1_770_681_600_000 });
  expect(goal("at=1770681600000&range=newest-5")).toEqual({ kind: "candle", at: 1_770_681_600_000 });
  expect(goal("range=newest-5")).toEqual({ kind: "newest", candles: 5 });
  expect(goal("range=nonsense")).toBeUndefined();
  expect(goal("scale=log")).toBeUndefined();
});

test("the newest candles are there anyway; of a range, the middle is needed", () => {
  expect(momentOf({ kind: "newest", candles: 5 })).toBeUndefined();
  const range = { kind: "between", from: Date.UTC(2026, 1, 10), to: Date.UTC(2026, 1, 11) } as const;
  expect(momentOf(range)).toBe(Date.UTC(2026, 1, 10, 12));
  expect(missedText(range, "newest", utcText)).toBe(
    "The server has no candles around 2026-02-10 12:00 UTC. These are the newest.",
  );
  expect(missedText(range, { oldest: Date.UTC(2026, 1, 12) }, utcText)).toBe(
    "The server's candles begin at 2026-02-12 00:00 UTC. These are the oldest.",
  );
});
