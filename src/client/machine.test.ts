import { expect, test } from "bun:test";
import { millis } from "../core/mod.ts";
import { systemClock } from "./machine.ts";

test("a sleep that is longer than a timer can count doesn't end at once, and can be ended", async () => {
  const ending = new AbortController();
  let hasEnded = false;
  const slept = systemClock.sleep(millis(2 ** 31 + 1), ending.signal).finally(() => {
    hasEnded = true;
  });
  await systemClock.sleep(millis(20));
  expect(hasEnded).toBe(false);
  ending.abort(new Error("enough"));
  await expect(slept).rejects.toThrow("enough");
});
