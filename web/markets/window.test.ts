import { expect, test } from "bun:test";
import { rowWindow } from "./window.ts";

test("a short table is drawn whole", () => {
  expect(rowWindow(5, 30, 0, 600)).toEqual({ first: 0, end: 5 });
  expect(rowWindow(0, 30, 0, 600)).toEqual({ first: 0, end: 0 });
});

test("of a long table a little more is drawn than is seen", () => {
  expect(rowWindow(600, 30, 0, 600)).toEqual({ first: 0, end: 30 });
  expect(rowWindow(600, 30, 3_000, 600)).toEqual({ first: 90, end: 130 });
  expect(rowWindow(600, 30, 600 * 30 - 600, 600)).toEqual({ first: 570, end: 600 });
});

test("what is seen is always drawn", () => {
  for (let scrollTop = 0; scrollTop <= 600 * 30 - 500; scrollTop += 7) {
    const { first, end } = rowWindow(600, 30, scrollTop, 500);
    expect(first * 30 <= scrollTop && end * 30 >= scrollTop + 500).toBe(true);
  }
});

test("after a filter left few rows, they are drawn wherever the table was scrolled to", () => {
  expect(rowWindow(3, 30, 9_000, 600)).toEqual({ first: 0, end: 3 });
});
