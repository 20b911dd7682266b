import { expect, test } from "bun:test";
import { countOf } from "./count-of.ts";

test("a count has its noun in the right number, and its thousands are grouped", () => {
  expect([0, 1, 2, 12_345].map((count) => countOf(count, "symbol"))).toEqual([
    "0 symbols",
    "1 symbol",
    "2 symbols",
    "12,345 symbols",
  ]);
  expect([1, 2].map((count) => countOf(count, "match", "matches"))).toEqual(["1 match", "2 matches"]);
});
