import { expect, test } from "bun:test";
import { Histogram } from "./histogram.ts";

test("a value on a bound counts below it, one above all bounds in the last bucket", () => {
  const histogram = new Histogram([1, 2.5]);
  for (const value of [0, 1, 1.5, 2.5, 2.6, 100]) histogram.add(value);
  expect([...histogram.buckets]).toEqual([2, 2, 2]);
  expect(histogram.sum).toBeCloseTo(107.6);
});
