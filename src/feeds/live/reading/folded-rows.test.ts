import { describe, expect, test } from "bun:test";
import { emptyKline, type Kline, type UnixMs } from "../../../core/mod.ts";
import { foldRows } from "./folded-rows.ts";

const HOUR = 3_600_000;
const DAY = Date.UTC(2026, 1, 10);
const LATER = (DAY + 10 * 86_400_000) as UnixMs;

function hour(number: number, changes: Partial<Kline> = {}): Kline {
  const openTime = (DAY + number * HOUR) as UnixMs;
  const prices = { open: 10 + number, high: 20 + number, low: 5 - number / 10, close: 11 + number };
  const amounts = { volume: 0.1, quoteVolume: 1.1, trades: 3, takerBuyVolume: 0.05, takerBuyQuoteVolume: 0.5 };
  const closeTime = (openTime + HOUR - 1) as UnixMs;
  return { ...emptyKline(), openTime, closeTime, ...prices, ...amounts, closed: true, ...changes };
}

const hours = (count: number): Kline[] => Array.from({ length: count }, (_, number) => hour(number));

describe("hours folded to eight", () => {
  test("add up in every column", () => {
    const { klines, rows } = foldRows("8h", { klines: hours(16), refused: [], rows: 16 }, LATER, new Set());
    expect(rows).toBe(16);
    expect(klines).toEqual([
      {
        ...{ openTime: DAY, closeTime: DAY + 8 * HOUR - 1, open: 10, high: 27, low: 4.3, close: 18, volume: 0.8 },
        ...{ quoteVolume: 8.8, trades: 24, takerBuyVolume: 0.4, takerBuyQuoteVolume: 4, closed: true },
      },
      {
        ...{ openTime: DAY + 8 * HOUR, closeTime: DAY + 16 * HOUR - 1, open: 18, high: 35, low: 3.5, close: 26 },
        ...{ volume: 0.8, quoteVolume: 8.8, trades: 24, takerBuyVolume: 0.4, takerBuyQuoteVolume: 4, closed: true },
      },
    ] as unknown as Kline[]);
  });

  test("leave unknown what the exchange doesn't send, and only that", () => {
    const nothing = { trades: Number.NaN, takerBuyVolume: Number.NaN, takerBuyQuoteVolume: Number.NaN };
    const klines = hours(8).map((kline) => ({ ...kline, ...nothing }));
    const unknown = new Set(["trades", "takerBuyVolume", "takerBuyQuoteVolume"] as const);
    const folded = foldRows("8h", { klines, refused: [], rows: 8 }, LATER, unknown).klines[0];
    expect(folded).toMatchObject({ volume: 0.8, quoteVolume: 8.8, ...nothing });
  });

  test("are open until the exchange's clock has passed their end; a missing hour is none", () => {
    const { klines } = foldRows(
      "8h",
      { klines: hours(12), refused: [], rows: 12 },
      (DAY + 12 * HOUR) as UnixMs,
      new Set(),
    );
    expect(klines.map(({ closed, trades }) => [closed, trades])).toEqual([
      [true, 24],
      [false, 12],
    ]);
  });

  test("a refused hour costs the candle that it falls into; one that can't be placed stays so", () => {
    const refused = [
      { reason: "not_a_number", openTime: (DAY + 3 * HOUR) as UnixMs, row: [] },
      { reason: "wrong_length", openTime: undefined, row: [] },
    ] as const;
    const some = hours(16).filter((_, number) => number !== 3);
    const folded = foldRows("8h", { klines: some, refused, rows: 17 }, LATER, new Set());
    expect(folded.klines.map(({ openTime }) => openTime as number)).toEqual([DAY + 8 * HOUR]);
    expect(folded.refused.map(({ openTime }) => openTime as number | undefined)).toEqual([DAY, undefined]);
  });
});
