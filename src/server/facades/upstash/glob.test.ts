import { expect, test } from "bun:test";
import { globOf } from "./glob.ts";

test.each([
  ["*", "klines:BTCUSDT:1m", true],
  ["klines:*", "klines:BTCUSDT:1m", true],
  ["klines:*:1m", "klines:BTCUSDT:1m", true],
  ["klines:*:1m", "klines:BTCUSDT:15m", false],
  ["klines:???USDT:1m", "klines:BTCUSDT:1m", true],
  ["klines:??USDT:1m", "klines:BTCUSDT:1m", false],
  ["*:[0-9]m", "klines:BTCUSDT:5m", true],
  ["*:[^15]m", "klines:BTCUSDT:5m", false],
  ["*:[^15]m", "klines:BTCUSDT:3m", true],
  ["a\\*b", "a*b", true],
  ["a\\*b", "axb", false],
  ["[", "[", true],
  ["", "", true],
  ["", "a", false],
  ["a**b*", "aXbYb", true],
])("%p and %p: %p", (pattern, text, isMatch) => {
  expect(globOf(pattern)(text)).toBe(isMatch);
});

test("many stars take no time that anybody notices", () => {
  expect(globOf(`${"a*".repeat(120)}b`)("a".repeat(200))).toBe(false);
});
