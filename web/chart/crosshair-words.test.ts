import { expect, test } from "bun:test";
import type { WireKline } from "../../src/wire/mod.ts";
import { utcText } from "../text/utc.ts";
import { crosshairWords } from "./crosshair-words.ts";

const KLINE = {
  openTime: Date.UTC(2026, 1, 10, 14, 5),
  open: 1_000,
  high: 1_020,
  low: 995,
  close: 1_010,
  volume: 1_234_567,
};
const HELD = { kline: KLINE as WireKline, price: 1_004.5 };

test("a candle is said with all its figures and the studies' values, in one sentence", () => {
  expect(crosshairWords({ candles: 1 }, HELD, 2, ["EMA 20 1,003.25", "RSI 14 55.10"], utcText)).toBe(
    "2026-02-10 14:05 UTC: open 1,000.00, high 1,020.00, low 995.00, close 1,010.00, +1.00%, volume 1.23M, EMA 20 1,003.25, RSI 14 55.10.",
  );
});

test("where only the price has moved, it alone is said", () => {
  expect(crosshairWords({ steps: -1 }, HELD, 2, ["EMA 20 1,003.25"], utcText)).toBe("Price 1,004.50.");
});
