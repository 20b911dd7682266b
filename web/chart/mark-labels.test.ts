import { expect, test } from "bun:test";
import { labelledMarks } from "./mark-labels.ts";

const marks = [4, 3, 2, 1, 0].map((index) => ({ index: index * 5, text: "Dip in a market" }));
const labelled = (spacingPx: number): number[] => [...labelledMarks(marks, spacingPx)].map(({ index }) => index);

test("labels never lie over each other, the newest is always there, and zooming in brings them all", () => {
  expect(labelled(7)).toEqual([20, 0]);
  expect(labelled(14)).toEqual([20, 10, 0]);
  expect(labelled(40)).toEqual([20, 15, 10, 5, 0]);
  expect(labelled(0.5)).toEqual([20]);
});

test("two marks of one candle have one label", () => {
  expect(
    labelledMarks(
      [
        { index: 3, text: "a" },
        { index: 3, text: "b" },
      ],
      50,
    ).size,
  ).toBe(1);
});
