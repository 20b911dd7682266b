import { expect, test } from "bun:test";
import { fuzz } from "./fuzz.ts";

/** The same requests each time: npm run fuzz takes another seed. */
const SEED = 20_261_129;

test("generated requests and frames break nothing (npm run fuzz makes a million)", async () => {
  const { faults, statuses, closes, heap } = await fuzz(6_000, SEED);
  // The short run leaves memory to the long one: its caches are still filling.
  expect(faults.filter((fault) => !fault.startsWith("memory"))).toEqual([]);
  expect(heap.before).toBeGreaterThan(0);
  // It got to where it was to get to: answers, refusals, and sockets that went on or were closed.
  expect(Object.keys(statuses)).toEqual(expect.arrayContaining(["200", "400", "401", "404", "405"]));
  expect(Object.keys(closes)).toEqual(expect.arrayContaining(["4501"]));
});
