import { expect, test } from "bun:test";
import { tickTexts } from "./tick-texts.ts";

const yOf = (price: number): number => 1_000 - price;

test("a mark that would be half behind the price's label has no text", () => {
  expect(tickTexts([100, 110, 120, 130, 140], 118, yOf, String)).toEqual(["100", "", "", "", "140"]);
  expect(tickTexts([100, 132], 118, yOf, String)).toEqual(["100", "132"]);
});

test("without a label, or while the scale has no places, all marks have theirs", () => {
  expect(tickTexts([100, 110], undefined, yOf, String)).toEqual(["100", "110"]);
  expect(tickTexts([100, 110], 105, () => null, String)).toEqual(["100", "110"]);
});
