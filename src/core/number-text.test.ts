import { expect, test } from "bun:test";
import { decimalsText, exactText, roundedText, tidyNumber } from "./number-text.ts";

test("a price is written in full, grouped, and without the noise of a double", () => {
  const prices = [114417.25, 0.1 + 0.2, 1.5e-7, 28935.20000000001, 100, -1234.5];
  expect(prices.map(exactText)).toEqual(["114,417.25", "0.3", "0.00000015", "28,935.2", "100", "-1,234.5"]);
  expect(decimalsText(80151.68117, 2)).toBe("80,151.68");
  expect(decimalsText(1.5412e-7, 8)).toBe("0.00000015");
});

test("a computed number has the decimals that matter at its size", () => {
  const numbers = [23.981896500000005, 12345.678, 0.000123456789, 7, 1e6];
  expect(numbers.map(roundedText)).toEqual(["23.9819", "12,345.68", "0.000123457", "7", "1,000,000"]);
});

test("a number for programs is the shortest that is right: any decimal of 15 digits stays as it is", () => {
  const numbers = [28935.20000000001, 23.981896500000005, 123456789012.345, 1e-7, Number.NaN];
  expect(numbers.map(tidyNumber)).toEqual([28935.2, 23.9818965, 123456789012.345, 1e-7, Number.NaN]);
});
