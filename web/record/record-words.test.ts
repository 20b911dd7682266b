import { describe, expect, test } from "bun:test";
import type { UnixMs } from "../../src/core/mod.ts";
import type { TraderPerformance } from "../../src/wire/mod.ts";
import {
  changesOf,
  changesText,
  recordEdgeTexts,
  recordNotes,
  recordText,
  settingsOf,
  type VersionSettings,
} from "./record-words.ts";

const SETTINGS = {
  code: "return true;",
  timeframes: ["5m", "1h"],
  triggerInterval: "5m",
  market: "binance",
  symbols: null,
  cooldownCandles: 0,
} as VersionSettings;

const NOON = Date.UTC(2026, 1, 10, 12);
const record = {
  signals: 12,
  closes: 340,
  interval: "5m",
  from: (NOON - 1) as UnixMs,
  to: (NOON + 3_600_000 - 1) as UnixMs,
  feesPercent: 0,
  baselineFrom: (NOON - 1) as UnixMs,
  notes: [],
} as unknown as TraderPerformance;

test("settings in words", () => {
  expect(settingsOf(SETTINGS)).toEqual([
    ["Runs at", "each 5m close"],
    ["Reads", "5m, 1h"],
    ["Market", "Binance spot"],
    ["Symbols", "all"],
    ["Cooldown", "none"],
  ]);
  const symbols = ["BTCUSDT", "ETHUSDT"] as unknown as VersionSettings["symbols"];
  expect(settingsOf({ ...SETTINGS, symbols, cooldownCandles: 1 }).slice(3)).toEqual([
    ["Symbols", "BTCUSDT, ETHUSDT"],
    ["Cooldown", "1 candle"],
  ]);
});

describe("what changed", () => {
  const symbols = ["BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT"] as unknown as VersionSettings["symbols"];

  test("is what differs, before and after", () => {
    expect(changesOf(SETTINGS, { ...SETTINGS, cooldownCandles: 12 })).toEqual([
      { name: "Cooldown", before: "none", after: "12 candles" },
    ]);
    expect(changesOf(SETTINGS, { ...SETTINGS, code: "return false;" })).toEqual([]);
  });

  test("fits a line", () => {
    expect(changesText(SETTINGS, { ...SETTINGS, code: "return false;", cooldownCandles: 12, symbols })).toBe(
      "code, symbols, cooldown: none → 12 candles",
    );
    expect(changesText(SETTINGS, SETTINGS)).toBe("");
    expect(changesText(undefined, SETTINGS)).toBe("");
  });
});

describe("a record", () => {
  test("in a sentence", () => {
    expect(recordText(record)).toBe("12 signals at 340 closes of 5m · 2026-02-10 12:00 to 2026-02-10 13:00 UTC");
    expect(recordText({ ...record, from: null, to: null })).toBe("This version hasn't run yet.");
  });

  test("says what will never be known", () => {
    const outcome = {
      horizon: 4,
      signals: { pending: 2, unknown: 1 },
      edge: { says: "no edge seen: fewer than ten days have signals" },
    } as unknown as TraderPerformance["outcomes"][number];
    expect(recordEdgeTexts([outcome])).toEqual([
      "After 4 candles: no edge seen: fewer than ten days have signals. Outcomes not known yet: 2 after 4.",
      "Outcomes that will never be known: 1 after 4.",
    ]);
  });

  test("says what the figures are without", () => {
    expect(recordNotes(record)).toEqual([]);
    // The server's notes say where the baseline begins: the page doesn't say it again.
    const later = (NOON + 600_000 - 1) as UnixMs;
    const said = "the baseline, and the edge, begin with the close at 2026-02-10 12:10 UTC";
    expect(recordNotes({ ...record, feesPercent: 0.2, baselineFrom: later, notes: [said] })).toEqual([
      "0.2% of fees are subtracted from each return.",
      "The baseline, and the edge, begin with the close at 2026-02-10 12:10 UTC.",
    ]);
  });
});
