import { describe, expect, test } from "bun:test";
import type { UnixMs } from "../../src/core/mod.ts";
import type { WireBacktestResult, WireHorizon } from "../../src/wire/mod.ts";
import { returnText } from "../text/returns.ts";
import { edgeTexts, notesOf, phaseText, progressText, shareText } from "./backtest-words.ts";

const FROM = (Date.UTC(2026, 1, 10) - 1) as UnixMs;
const DAY = 86_400_000;

const result = {
  interval: "1h",
  from: FROM,
  to: (FROM + DAY) as UnixMs,
  closes: 25,
  symbols: 2,
  signals: 1,
  cooling: 0,
  checked: 48,
  skipped: { candles: 0, older: 0, ticker: 0, young: 0 },
  errors: 0,
  feesPercent: 0,
  exact: true,
  notes: [],
} as unknown as WireBacktestResult;

test.each([
  [{ minutes: 0, of: 0, signals: 0, elapsedMs: 9_000 }, "Starting …"],
  [{ minutes: 10, of: 40, signals: 1, elapsedMs: 1_999 }, "25% of the minutes · 1 signal so far"],
  [
    { minutes: 10, of: 40, signals: 1_203, elapsedMs: 20_000 },
    "25% of the minutes · about 60 s left · 1,203 signals so far",
  ],
  [{ minutes: 10, of: 40, signals: 0, elapsedMs: 60_000 }, "25% of the minutes · about 3 min left · 0 signals so far"],
  [{ minutes: 1, of: 100, signals: 0, elapsedMs: 120_000 }, "1% of the minutes · about 4 h left · 0 signals so far"],
  [{ minutes: 1, of: 101, signals: 0, elapsedMs: 120_000 }, "0% of the minutes · 0 signals so far"],
])("progress of %j", (progress, text) => {
  expect(progressText(progress)).toBe(text);
});

describe("a result", () => {
  test("in a sentence", () => {
    const found = { interval: "1h", count: 1, newest: [], histograms: new Map() } as const;
    const done = (change: object) =>
      phaseText({ kind: "done", result: { ...result, ...change }, found, asked: {} as never });
    expect(done({})).toBe("1 signal at 25 closes of 1h of 2 symbols · 2026-02-10 00:00 to 2026-02-11 00:00 UTC");
    expect(done({ cooling: 3 })).toEndWith(" · 3 matches more within the cooldown");
    expect(done({ skipped: { candles: 1, older: 0, ticker: 0, young: 0 } })).toContain(
      " of 2 symbols · only 97% of the checks were possible · 2026-02-10",
    );
  });

  test.each<[object, number, readonly string[]]>([
    [{}, FROM - 3_600_000, ["The filter checked a symbol 48 times."]],
    [
      {
        feesPercent: 0.2,
        skipped: { candles: 1_000, older: 5, ticker: 0, young: 2 },
        exact: false,
        notes: ["the one"],
      },
      FROM - DAY,
      [
        "The history begins later than the range: the first close is 2026-02-10 00:00 UTC.",
        "0.2% of fees are subtracted from each return.",
        "The filter checked a symbol 48 times, and couldn't 1,007 times.",
        "Not all closes show exactly what a live run saw.",
        "The one.",
      ],
    ],
    [{ errors: 1 }, FROM, [expect.any(String), "The filter failed 1 time, for example:"]],
  ])("with %j has its notes", (change, askedFrom, notes) => {
    expect(notesOf({ ...result, ...change }, askedFrom)).toEqual([...notes]);
  });
});

test("an edge is said as the server says it, and as calmly where there is none", () => {
  const horizon = (candles: number, says: string, pending: number) =>
    ({ horizon: candles, edge: { says }, signals: { pending } }) as unknown as WireHorizon;
  expect(edgeTexts([horizon(1, "edge seen: more", 0)])).toEqual(["After 1 candle: edge seen: more."]);
  expect(
    edgeTexts([
      horizon(1, "no edge seen: less", 0),
      horizon(4, "edge seen: more", 0),
      horizon(16, "no edge seen: less", 2),
      horizon(96, "no edge seen: less", 1_200),
    ]),
  ).toEqual([
    "After 1, 16 and 96 candles: no edge seen: less. Outcomes not known yet: 2 after 16, 1,200 after 96.",
    "After 4 candles: edge seen: more.",
  ]);
});

test("figures that aren't known are dashes", () => {
  expect([0.268, 0, null].map(shareText)).toEqual(["26.8%", "0.0%", "–"]);
  expect([0.1234, -0.21, -0.0001, null].map(returnText)).toEqual(["+0.123%", "−0.210%", "0.000%", "–"]);
});
