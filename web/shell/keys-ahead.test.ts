import { expect, test } from "bun:test";
import { typedAhead } from "./keys-ahead.ts";

test.each([
  [[], "", undefined],
  [["b", "t", "c", " ", "5", "m", "Enter"], "btc 5m", "Enter"],
  [["Backspace", "b", "Shift", "X", "Backspace", "t", "ArrowDown", "c"], "btc", undefined],
  [["e", "Escape", "t"], "e", "Escape"],
  [["币", "𝒳", "Backspace"], "币", undefined],
] as const)("the keys %j", (keys, text, end) => {
  expect(typedAhead(keys)).toEqual({ text, end });
});
