import { expect, test } from "bun:test";
import { amountOf, changeOf } from "./amount.ts";

test("an amount is a finite number of 0 or more, a change any finite number", () => {
  for (const value of [0, 0.5, 1, Number.MAX_VALUE]) expect(amountOf(value, "a price")).toBe(value);
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1, -Number.MIN_VALUE])
    expect(() => amountOf(value, "a price")).toThrow("a price must be a finite number");
  for (const value of [-5, 0, 5]) expect(changeOf(value, "a size")).toBe(value);
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])
    expect(() => changeOf(value, "a size")).toThrow("a size must be a finite number");
});
