import { expect, test } from "bun:test";
import fc from "fast-check";
import { DecimalSum } from "./decimal-sum.ts";

/** An amount as the exchange prints it, in units of 1e-8. */
const units = fc.oneof(
  fc.bigInt({ min: 0n, max: 100n * 100_000_000n }),
  fc.bigInt({ min: 0n, max: 100_000n * 100_000_000n }),
  fc.bigInt({ min: 0n, max: 40_000_000n * 100_000_000n }),
  // Large amounts are traded in large steps: an hour of a cheap coin, in tenths.
  fc.bigInt({ min: 0n, max: 10n ** 12n }).map((tenths) => tenths * 10_000_000n),
);

function text(amount: bigint): string {
  return `${amount / 100_000_000n}.${String(amount % 100_000_000n).padStart(8, "0")}`;
}

test("a sum is the one made on paper", () => {
  fc.assert(
    fc.property(fc.array(units, { minLength: 1, maxLength: 100 }), (amounts) => {
      const sum = new DecimalSum();
      for (const amount of amounts) sum.add(Number(text(amount)));
      const paper = Number(text(amounts.reduce((total, amount) => total + amount, 0n)));
      expect(sum.value()).toBe(paper);
    }),
    { numRuns: 2_000 },
  );
});

test("plus tells what adding would give, and adds nothing", () => {
  const sum = new DecimalSum();
  sum.add(0.1);
  expect(sum.plus(0.2)).toBe(0.3);
  expect(sum.value()).toBe(0.1);
});

test("a day's quote volume, where a plain sum is wrong", () => {
  const minutes = Array.from({ length: 1_440 }, (_, minute) => 5_358_467.8386782 + minute / 1e8);
  const sum = new DecimalSum();
  for (const amount of minutes) sum.add(amount);
  const paper = minutes.reduce(
    (total, amount) => total + BigInt(Math.round((amount - 5_358_467) * 1e8)) + 535_846_700_000_000n,
    0n,
  );
  expect(sum.value()).toBe(Number(text(paper)));
});

test("a sum with an unknown amount is unknown until the next reset", () => {
  const sum = new DecimalSum();
  sum.add(0.1);
  expect(sum.plus(Number.NaN)).toBeNaN();
  // An unknown amount that was only shown isn't part of the sum.
  expect(sum.plus(0.2)).toBe(0.3);
  sum.add(Number.NaN);
  sum.add(5e9);
  expect(sum.value()).toBeNaN();
  expect(sum.plus(0.2)).toBeNaN();
  sum.reset();
  sum.add(0.2);
  expect(sum.value()).toBe(0.2);
});
