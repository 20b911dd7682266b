import { expect, test } from "bun:test";
import { minuteKlines } from "../../../tests/helpers/truth.ts";
import type { Kline } from "../../core/mod.ts";
import { withKline } from "./klines.ts";

const [minute] = minuteKlines(Date.UTC(2026, 1, 10), 1, 1, () => false) as [Kline];
const open = { ...minute, closed: false, volume: 5 };

test("an open state with less volume is an older one, whatever its count of trades", () => {
  const klines = [open];
  expect(withKline(klines, { ...open, volume: 4, trades: open.trades + 1 })).toBe(klines);
  const newer = { ...open, volume: 6, trades: open.trades - 1 };
  expect(withKline(klines, newer)).toEqual([newer]);
  expect(withKline(klines, open)).toEqual([open]);
});

test("the close counts, with any volume, and isn't opened again", () => {
  const closed = { ...minute, volume: 4 };
  expect(withKline([open], closed)).toEqual([closed]);
  const klines = [closed];
  expect(withKline(klines, { ...open, volume: 9 })).toBe(klines);
});
