import { describe, expect, test } from "bun:test";
import { openTimeOf, type UnixMs } from "../../../core/mod.ts";
import { answeredPart } from "./judged-rows.ts";

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
