import { expect, test } from "bun:test";
import { nextItem } from "./menu-keys.ts";

const TEXTS = ["Why?", "Horizontal line here", "Trend line from here", "Copy price", "Copy link"];
const next = (key: string, at: number): number | undefined => nextItem(key, at, TEXTS);

test("arrows go around, Home and End to the ends", () => {
  expect([0, 1, 4].map((at) => next("ArrowDown", at))).toEqual([1, 2, 0]);
  expect([0, 1, 4].map((at) => next("ArrowUp", at))).toEqual([4, 0, 3]);
  expect([next("Home", 3), next("End", 1)]).toEqual([0, 4]);
});

test("with the focus elsewhere, an arrow leads to the first or the last item", () => {
  expect([next("ArrowDown", -1), next("ArrowUp", -1)]).toEqual([0, 4]);
});

test("a letter leads to the next item that begins with it, around the end, in either case", () => {
  expect([next("c", 0), next("C", 3), next("c", 4)]).toEqual([3, 4, 3]);
  expect(next("h", 1)).toBe(1);
  expect(next("x", 0)).toBeUndefined();
});

test("other keys aren't the menu's", () => {
  expect(["Enter", " ", "Tab", "F5"].map((key) => next(key, 0))).toEqual([undefined, undefined, undefined, undefined]);
});
