import { describe, expect, test } from "bun:test";
import { ANY_UNKNOWN, emptyKline, type Kline, openTimeOf, type UnixMs } from "../../../core/mod.ts";
import { answeredPart, judgeRows } from "./judged-rows.ts";

const NOW = Date.UTC(2026, 1, 10, 12, 30, 20) as UnixMs;
const minutesAgo = (count: number): UnixMs => openTimeOf("1m", NOW - count * 60_000);
const MOST = 1_000;

describe("for how much of its range an answer speaks", () => {
  const page = { from: minutesAgo(5_000), to: minutesAgo(0) };
  const part = (keeps: "oldest" | "newest", rows: number, openTime?: UnixMs) =>
    answeredPart(
      "1m",
      page,
      { klines: [], refused: [{ reason: "price_not_positive", openTime, row: [] }], rows },
      MOST,
      keeps,
    );

  test("one that isn't full speaks for all of it", () => {
    expect(part("oldest", MOST - 1, minutesAgo(3_000))).toEqual(page);
    expect(part("newest", MOST - 1, minutesAgo(3_000))).toEqual(page);
  });

  test("a full one ends with its last row, be it refused, from the end that the exchange keeps", () => {
    expect(part("oldest", MOST, minutesAgo(3_000))).toEqual({ from: page.from, to: minutesAgo(3_000) });
    expect(part("newest", MOST, minutesAgo(3_000))).toEqual({ from: minutesAgo(3_000), to: page.to });
  });

  test("a full one without a row that can be placed passes for a candle a row", () => {
    expect(part("oldest", MOST)).toEqual({ from: page.from, to: minutesAgo(5_000 - MOST + 1) });
    expect(part("newest", MOST)).toEqual({ from: minutesAgo(MOST - 1), to: page.to });
  });
});

test("rows that say twice that the same figures are unknown are harmless", () => {
  const openTime = minutesAgo(5);
  const prices = { open: 1, high: 1, low: 1, close: 1, volume: 1, trades: Number.NaN };
  const kline: Kline = { ...emptyKline(), ...prices, openTime, closeTime: (openTime + 59_999) as UnixMs };
  const rows = (trades: number) =>
    judgeRows(
      [kline, { ...kline, trades }].map((one) => ({ row: one, kline: one })),
      {
        interval: "1m",
        marketTime: NOW,
        unknown: ANY_UNKNOWN,
      },
    );
  expect(rows(Number.NaN)).toMatchObject({ klines: [{ openTime, trades: Number.NaN }], refused: [] });
  expect(rows(3)).toMatchObject({ klines: [], refused: [{ openTime, reason: "doubled" }] });
});
