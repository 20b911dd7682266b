import { expect, test } from "bun:test";
import fc from "fast-check";
import type { Caller } from "./caller.ts";
import { charge, takeTokens } from "./charge.ts";
import { Delivery } from "./delivery-allowance.ts";
import { FlightWindow } from "./flight-window.ts";
import { parseRate, rateText } from "./rate.ts";
import { TokenBucket } from "./token-bucket.ts";
import { WaitingBytes } from "./waiting-bytes.ts";

const rate = parseRate("60/min");

test("holds a rate's amount, and refills evenly", () => {
  const bucket = new TokenBucket(rate);
  for (let taken = 0; taken < 60; taken += 1) expect(bucket.take(1, 0)).toBe(true);
  expect(bucket.take(1, 999)).toBe(false);
  expect([bucket.remaining, bucket.secondsUntil(1), bucket.resetSeconds]).toEqual([0, 1, 60]);
  expect(bucket.take(1, 1_000)).toBe(true);
  expect(bucket.isFull(60_999)).toBe(false);
  expect(bucket.isFull(61_000)).toBe(true);
});

test("what costs more than it holds takes all that it holds", () => {
  const bucket = new TokenBucket(rate);
  expect(bucket.take(1_000, 0)).toBe(true);
  expect(bucket.remaining).toBe(0);
  expect(bucket.secondsUntil(1_000)).toBe(60);
});

test("another rate leaves used up what was used up", () => {
  const bucket = new TokenBucket(rate);
  bucket.take(50, 0);
  bucket.change(parseRate("100/min"));
  expect([bucket.limit, bucket.remaining]).toEqual([100, 50]);
  bucket.change(parseRate("10/min"));
  expect(bucket.remaining).toBe(0);
});

test("no more is taken than the amount and what time refills, also where a time comes late", () => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ wait: fc.integer({ min: -500, max: 5_000 }), cost: fc.integer({ min: 1, max: 20 }) })),
      (steps) => {
        const bucket = new TokenBucket(rate);
        bucket.take(1, 0);
        let [now, latest, taken] = [0, 0, 1];
        for (const { wait, cost } of steps) {
          now += wait;
          latest = Math.max(latest, now);
          if (bucket.take(cost, now)) taken += cost;
          if (taken > 60 + latest / 1_000 + 1e-6) return false;
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

test("what is no amount is neither a cost nor a moment nor a rate: the bucket stays as it was", () => {
  const bucket = new TokenBucket(rate);
  expect(bucket.take(50, 0)).toBe(true);
  for (const cost of [Number.NaN, Number.POSITIVE_INFINITY, -1])
    expect(() => bucket.take(cost, 0)).toThrow("a cost in tokens must be a finite number");
  for (const at of [Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => bucket.take(1, at)).toThrow("a moment of the stopwatch must be a finite number");
  for (const amount of [Number.NaN, Number.POSITIVE_INFINITY, 0, -1]) {
    expect(() => new TokenBucket({ amount, perMs: 1 })).toThrow("rate");
    expect(() => bucket.change({ amount: 1, perMs: amount })).toThrow("rate");
  }
  expect([bucket.remaining, bucket.take(11, 0), bucket.take(10, 0)]).toEqual([10, false, true]);
});

test("prices and sums that bounds are compared with take in nothing else either", () => {
  const bucket = new TokenBucket(rate);
  const caller = { bucket } as Caller;
  for (const price of [Number.NaN, -1, Number.NEGATIVE_INFINITY])
    expect(() => charge(caller, price, 0)).toThrow("a price in tokens must be a finite number");
  expect(() => takeTokens(caller, 1, 0, "", Number.NaN)).toThrow("must be a finite number");
  const [delivery, waiting, flight] = [new Delivery(rate), new WaitingBytes(), new FlightWindow()];
  expect(() => delivery.spend(Number.NaN)).toThrow("messages sent must be a finite number");
  expect(() => waiting.change(caller, Number.NaN)).toThrow("bytes that wait must be a finite number");
  expect(() => flight.sent(Number.NaN)).toThrow("bytes sent must be a finite number");
  expect(delivery.isSpent(0)).toBe(false);
  delivery.spend(60);
  waiting.change(caller, 5);
  flight.sent(7);
  expect([bucket.remaining, delivery.isSpent(0), waiting.total, flight.unread]).toEqual([60, true, 5, 7]);
});
