import { expect, test } from "bun:test";
import { parseSymbol } from "../../core/mod.ts";
import { Overdue } from "./overdue.ts";

test("symbols wait until the market's clock has passed their close, and are given once", () => {
  const overdue = new Overdue();
  const [one, other] = [parseSymbol("BTCUSDT"), parseSymbol("ETHUSDT")];
  expect(overdue.take(1_000)).toEqual([]);
  overdue.add(one, 2_000);
  overdue.add(other, 3_000);
  overdue.add(one, 3_000);
  expect(overdue.take(2_999)).toEqual([]);
  expect(overdue.take(3_000)).toEqual([one, other]);
  expect(overdue.take(9_000)).toEqual([]);
});
