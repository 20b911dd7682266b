import { expect, test } from "bun:test";
import { Fitness } from "./fitness.ts";

test("a node that isn't ready holds a lease only while no other one is ready, and for some seconds after it was", () => {
  let [now, isReady, isOtherReady] = [0, false, false];
  const fitness = new Fitness({ stopwatch: () => now, isReady: () => isReady, isOtherReady: () => isOtherReady });
  // It starts alone, and then beside one that is ready.
  expect(fitness.isFit()).toBe(true);
  isOtherReady = true;
  expect(fitness.isFit()).toBe(false);
  isReady = true;
  expect(fitness.isFit()).toBe(true);
  isReady = false;
  expect(fitness.isFit()).toBe(true);
  now += 4_999;
  expect(fitness.isFit()).toBe(true);
  now += 1;
  expect(fitness.isFit()).toBe(false);
  // Both have lost the exchange: it goes on asking.
  isOtherReady = false;
  expect(fitness.isFit()).toBe(true);
});
