import { expect, test } from "bun:test";
import { percentSince } from "./price-since.ts";

test("the price now is compared with the price of the signal", () => {
  expect(percentSince(80, 100)).toBe(25);
  expect(percentSince(100, 75)).toBe(-25);
  expect([percentSince(0, 100), percentSince(100, undefined), percentSince(100, 0)]).toEqual(Array(3).fill(undefined));
});
