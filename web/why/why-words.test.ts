import { describe, expect, test } from "bun:test";
import type { UnixMs } from "../../src/core/mod.ts";
import type { ExplainAnswer } from "../../src/wire/mod.ts";
import {
  conditionText,
  depthsOf,
  distanceText,
  missingText,
  numberText,
  valuesText,
  verdictText,
  windowText,
} from "./why-words.ts";

const CLOSE = (Date.UTC(2026, 1, 10, 12) - 1) as UnixMs;
const answer = {
  symbol: "BTCUSDT",
  interval: "5m",
  closeTime: CLOSE,
  match: true,
  missing: [],
  error: null,
} as unknown as ExplainAnswer;

describe("the verdict", () => {
  const hour = 3_600_000;
  test.each<[Partial<ExplainAnswer>, string]>([
    [{}, "BTCUSDT matched."],
    [{ match: false }, "BTCUSDT didn't match."],
    [{ match: false, cooling: { since: CLOSE, until: CLOSE } }, "BTCUSDT didn't match."],
    [
      { cooling: { since: (CLOSE - hour) as UnixMs, until: (CLOSE + hour) as UnixMs } },
      "BTCUSDT matched, but the trader gives no signal: it gave one at 2026-02-10 11:00 UTC, and its cooldown lasts until the close at 2026-02-10 13:00 UTC.",
    ],
    [{ match: null, missing: [{ reason: "gone" }] }, "BTCUSDT was skipped, because something is missing."],
    [
      { match: null, error: { message: "x is not defined", line: 3, column: 8 } },
      "The filter failed for BTCUSDT: line 3, column 8: x is not defined",
    ],
    [{ match: null, error: { message: "too slow" } }, "The filter failed for BTCUSDT: too slow"],
  ])("of %j", (change, text) => {
    expect(verdictText({ ...answer, ...change })).toBe(text);
  });
});

describe("a condition", () => {
  test("has its verdict in a word", () => {
    expect([true, false, null].map((verdict) => conditionText({ verdict }))).toEqual(["true", "false", "not reached"]);
  });

  test("names its values, unless the verdict says all of it", () => {
    const values = [
      { text: "last", value: 31.25 },
      { text: "kind", value: "up" },
      { text: "none", value: null, is: "NaN" },
    ];
    expect(valuesText({ text: "last < kind", values })).toBe('last = 31.25, kind = "up", none = NaN');
    expect(valuesText({ text: "isUp", values: [{ text: "isUp", value: true }] })).toBe("");
    expect(valuesText({ text: "count", values: [{ text: "count", value: 0 }] })).toBe("0");
  });

  test("says by how much it was true or wasn't", () => {
    expect(distanceText({ verdict: false, distance: 1.2 })).toBe("missed by 1.2");
    expect(distanceText({ verdict: true, distance: -0.5 })).toBe("held by 0.5");
    expect(distanceText({ verdict: true, distance: 0 })).toBe("");
    expect(distanceText({ verdict: true })).toBe("");
    expect(distanceText({ verdict: false, distance: -2, share: 0.0384 })).toBe("missed by 2 (3.8%)");
    expect(distanceText({ verdict: false, distance: 3, share: 1 })).toBe("missed by 3");
    expect(distanceText({ verdict: false, distance: 1e-4, share: 2e-6 })).toBe("missed by 0.0001 (less than 0.01%)");
  });

  test.each([
    [1_770_681_600_000, "1,770,681,600,000"],
    [31.123456789, "31.123457"],
    [-0.000000123456789, "-0.00000012345679"],
    [1.5e-12, "1.500e-12"],
    [2e20, "2.000e+20"],
    [0, "0"],
  ])("has %p with the digits that somebody reads", (value, text) => {
    expect(numberText(value)).toBe(text);
  });

  test("lies in those before it that have its text", () => {
    const texts = ["a < 2 && f(b) > 0 || c", "a < 2 && f(b) > 0", "a < 2", "f(b) > 0", "c", "d"];
    expect(depthsOf(texts.map((text) => ({ text })))).toEqual([0, 1, 2, 2, 1, 0]);
  });
});

test("what the filter saw and what was missing, in words", () => {
  const window = { interval: "1h", klines: 202, from: (CLOSE + 1) as UnixMs, to: CLOSE, settled: true } as const;
  expect(windowText(window)).toBe("202 closed candles of 1h, 2026-02-10 12:00 to 2026-02-10 12:00 UTC");
  expect(windowText({ ...window, klines: 1, settled: false })).toEndWith("UTC; some of them may still change");
  expect(windowText({ ...window, klines: 0, from: null, to: null })).toBe("no candles of 1h");
  expect(missingText({ reason: "it is too young", interval: "1h", wanted: 347 })).toBe(
    "1h: it is too young; 347 closed candles are needed",
  );
  expect(missingText({ reason: "no ticker of it has arrived yet" })).toBe("no ticker of it has arrived yet");
});
