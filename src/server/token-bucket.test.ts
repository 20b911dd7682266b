import { expect, test } from "bun:test";
import fc from "fast-check";
import { parseRate, rateText } from "./rate.ts";
import { TokenBucket } from "./token-bucket.ts";

const rate = parseRate("60/min");

test("holds a rate's amount, and refills evenly", () => {
  const bucket = new TokenBucket(rate, 0);
  for (let taken = 0; taken < 60; taken += 1) expect(bucket.take(1, 0)).toBe(true);
  expect(bucket.take(1, 999)).toBe(false);
  expect([bucket.remaining, bucket.secondsUntil(1), bucket.resetSeconds]).toEqual([0, 1, 60]);
  expect(bucket.take(1, 1_000)).toBe(true);
  expect(bucket.isFull(60_999)).toBe(false);
  expect(bucket.isFull(61_000)).toBe(true);
});

test("what costs more than it holds takes all that it holds", () => {
  const bucket = new TokenBucket(rate, 0);
  expect(bucket.take(1_000, 0)).toBe(true);
  expect(bucket.remaining).toBe(0);
  expect(bucket.secondsUntil(1_000)).toBe(60);
});

test("another rate leaves used up what was used up", () => {
  const bucket = new TokenBucket(rate, 0);
  bucket.take(50, 0);
  bucket.change(parseRate("100/min"));
  expect([bucket.limit, bucket.remaining]).toEqual([100, 50]);
  bucket.change(parseRate("10/min"));
  expect(bucket.remaining).toBe(0);
});

test("over any stretch of time no more is taken than the amount and what the stretch refills, whatever the clock does", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ wait: fc.integer({ min: -500, max: 5_000 }), cost: fc.integer({ min: 1, max: 20 }) })),
      (steps) => {
        const bucket = new TokenBucket(rate, 0);
        let [now, forward, taken] = [0, 0, 0];
        for (const { wait, cost } of steps) {
          now += wait;
          forward += Math.max(0, wait);
          if (bucket.take(cost, now)) taken += cost;
          if (taken > 60 + forward / 1_000 + 1e-6) return false;
        }
        return true;
      },
    ),
  );
});

test("rates are read and written", () => {
  for (const text of ["600/min", "20/s", "5000/h"]) expect(rateText(parseRate(text))).toBe(text);
  for (const text of ["", "600", "0/min", "-1/s", "1.5/s", "600/day", "9999999999/s", "1/s/s"]) {
    expect(() => parseRate(text)).toThrow("is not a rate: expected for example 600/min");
  }
});
