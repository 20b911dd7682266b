import { expect, test } from "bun:test";
import { type Day, months } from "./months.ts";

test("with retention and maintenance an embedded database stops growing, and opens after a kill (npm run months lives through thirty days)", async () => {
  const days: Day[] = [];
  const options = { interval: "6h", signals: 1_600, keepSignals: 1, keepExecutions: 1 } as const;
  const { lastSignalBefore, lastSignalAfter } = await months(4, options, (day) => days.push(day));
  expect(days.map(({ day }) => day)).toEqual([1, 2, 3, 4]);
  expect(lastSignalBefore).toBe(6_400);
  expect(lastSignalAfter).toBeGreaterThanOrEqual(lastSignalBefore);
  // Those of a day stay, the newest of each symbol, and what came since the last sweep.
  const last = days.at(-1);
  expect(last?.rows.signals).toBeLessThan(3_600);
  expect(last?.rows.executions).toBeLessThan(200);
  expect(last?.deleted.signals).toBeGreaterThan(0);
  for (const { logBytes, maintenance } of days) {
    expect(logBytes).toBeLessThanOrEqual(12 * 16 * 1024 ** 2);
    expect(maintenance.pieces).toBeGreaterThan(0);
  }
});
