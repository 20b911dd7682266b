import { expect, test } from "bun:test";
import { countdownText, msToClose } from "./closing.ts";

const NOW = Date.UTC(2026, 1, 10, 14, 5, 28);

test("a candle closes when the next one opens, by the calendar where its length varies", () => {
  expect(msToClose("1m", NOW)).toBe(32_000);
  expect(msToClose("1h", NOW)).toBe(54 * 60_000 + 32_000);
  // 2026-02-10 is a Tuesday; weeks begin on Mondays.
  expect(msToClose("1w", NOW)).toBe(Date.UTC(2026, 1, 16) - NOW);
  expect(msToClose("1M", NOW)).toBe(Date.UTC(2026, 2, 1) - NOW);
  expect(msToClose("1m", Date.UTC(2026, 1, 10, 14, 6))).toBe(60_000);
});

test("the time that is left is rounded up, and never below zero", () => {
  const left = [-5, 0, 1, 6_400, 59_001, 272_000, 3_723_000, 86_399_000, 533_106_000];
  expect(left.map(countdownText)).toEqual([
    "0:00",
    "0:00",
    "0:01",
    "0:07",
    "1:00",
    "4:32",
    "1:02:03",
    "23:59:59",
    "6d 04:05:06",
  ]);
});
