import { describe, expect, test } from "bun:test";
import { ATTACKS } from "./attacks.ts";
import { type Period, runAttacks } from "./run.ts";

/** An answer that took longer, in milliseconds, means that something held the loop: on the old code it was 2 to 60 s. */
const STOOD_STILL_MS = 1_500;

describe("whoever misbehaves with an ordinary key harms nobody else (npm run attack runs it in full)", () => {
  test("a healthy user is answered and gets each signal once, and the feed loses no connection", async () => {
    const periods = await runAttacks({ symbols: 30, speed: 40, quietSeconds: 2, attackSeconds: 1.6 }, () => {});
    expect(periods.map(({ name }) => name)).toEqual(["quiet", ...ATTACKS.map(({ name }) => name)]);
    const harmed = (period: Period): boolean =>
      period.lost + period.doubled + period.feedLosses + period.healthFailures > 0 ||
      period.healthWorstMs > STOOD_STILL_MS;
    expect(periods.filter(harmed)).toEqual([]);
    expect(periods.reduce((sum, { closes }) => sum + closes, 0)).toBeGreaterThan(ATTACKS.length);
  });
});
