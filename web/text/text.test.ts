import { describe, expect, test } from "bun:test";
import { ageText } from "./age.ts";
import { amountText } from "./amount.ts";
import { factsText } from "./facts.ts";
import { direction, percentText } from "./percent.ts";
import { decimalsOf, priceText } from "./price.ts";
import { utcText } from "./utc.ts";

test("facts keep the figures of prices and volumes, with grouped thousands", () => {
  expect(
    factsText({ rsi: 28.412345678, close: 67123.45, volume: 1234567.891, low: 0.00001234, trades: 12345, up: true }),
  ).toBe("rsi 28.41235 · close 67,123.45 · volume 1,234,567.89 · low 0.00001234 · trades 12,345 · up true");
});

describe("prices", () => {
  test("show all decimals of their symbol", () => {
    expect(priceText(67123.4, 2)).toBe("67,123.40");
    expect(priceText(0.00001234, 8)).toBe("0.00001234");
    expect(priceText(1234567, 0)).toBe("1,234,567");
    expect(priceText(-18.92, 2)).toBe("−18.92");
  });

  test("of unknown symbols show what they need", () => {
    expect([67123.4, 100, 0.00001234, 1e-9].map(decimalsOf)).toEqual([1, 0, 8, 0]);
  });
});

describe("percentages", () => {
  test("have a sign, except for what is shown as zero", () => {
    const texts = ["+1.23%", "−0.50%", "0.00%", "0.00%", "+12.00%", "+1235%"];
    expect([1.234, -0.5, 0, -0.004, 12, 1_234.5].map(percentText)).toEqual(texts);
    expect([1.234, -0.5, 0, -0.004].map(direction)).toEqual(["up", "down", "flat", "flat"]);
  });
});

describe("amounts", () => {
  test("have three or four figures and a unit", () => {
    expect([0, 0.5, 12.3, 950, 1_234, 12_345, 123_456, 1_234_567].map(amountText)).toEqual([
      "0",
      "0.5",
      "12.3",
      "950",
      "1.23K",
      "12.35K",
      "123.5K",
      "1.23M",
    ]);
  });

  test("are never shown as a thousand of a unit", () => {
    expect([999.4, 999.6, 999_600, 2.5e9, 3e15].map(amountText)).toEqual(["999", "1.00K", "1.00M", "2.50B", "3000.0T"]);
  });
});

describe("ages", () => {
  test("are in their largest unit, rounded down", () => {
    const ages = [-5, 900, 14_500, 59_999, 60_000, 200_000, 3_600_000, 100_000_000, 200_000_000];
    expect(ages.map(ageText)).toEqual(["0 s", "0 s", "14 s", "59 s", "1 min", "3 min", "1 h", "27 h", "2 d"]);
  });
});

test("moments are told in UTC, with seconds only when they have some", () => {
  const moments = [Date.UTC(2026, 1, 10, 14, 5), Date.UTC(2026, 1, 10, 14, 5, 7)];
  expect(moments.map(utcText)).toEqual(["2026-02-10 14:05 UTC", "2026-02-10 14:05:07 UTC"]);
});
