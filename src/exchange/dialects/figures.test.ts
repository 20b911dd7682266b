import { expect, test } from "bun:test";
import fc from "fast-check";
import { orNull, plain, step } from "./figures.ts";

test("figures lose no digit, and keep as many decimals as asked", () => {
  expect([plain(17_071), plain(17_055.5), plain(0.00001), plain(100), plain(0)]).toEqual([
    "17071",
    "17055.5",
    "0.00001",
    "100",
    "0",
  ]);
  expect([plain(7.608, 4), plain(1_458, 0), plain(11_096.641, 4), plain(1.23456789, 2)]).toEqual([
    "7.6080",
    "1458",
    "11096.6410",
    "1.23456789",
  ]);
  expect(plain(1_570_383_121.943499)).toBe("1570383121.943499");
  expect([step(1), step(5), step(0)]).toEqual(["0.1", "0.00001", "1"]);
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1e12 }), fc.nat(8), fc.nat(8), (units, decimals, least) => {
      const figure = units / 10 ** decimals;
      const text = plain(figure, least);
      expect(Number(text)).toBe(figure);
      expect(text).toMatch(/^\d+(?:\.\d{1,8})?$/);
      expect((text.split(".")[1] ?? "").length).toBeGreaterThanOrEqual(least);
    }),
  );
});

test("an unknown figure is null, and 0 is a figure", () => {
  expect([orNull(Number.NaN, plain), orNull(0, plain), orNull(1.5, plain)]).toEqual([null, "0", "1.5"]);
});
