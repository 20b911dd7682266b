import { expect, test } from "bun:test";
import { mainThreadMsOf, mainThreadWaitMsOf } from "./figures.ts";

test.skipIf(process.platform !== "linux")("a main thread's time is what it worked, not what passed", () => {
  const worked = (): number => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1_000;
  };
  const [before, workedBefore] = [mainThreadMsOf(process.pid) as number, worked()];
  while (worked() - workedBefore < 200);
  const after = mainThreadMsOf(process.pid) as number;
  // Two readings to 10 ms each, of user and of system time.
  expect(Math.abs(after - before - (worked() - workedBefore))).toBeLessThanOrEqual(40);
  expect(mainThreadMsOf(2 ** 30)).toBeUndefined();
});

test.skipIf(process.platform !== "linux")("a main thread's wait for a core is told in milliseconds", () => {
  const started = performance.now();
  const before = mainThreadWaitMsOf(process.pid) as number;
  while (performance.now() - started < 50);
  const waited = (mainThreadWaitMsOf(process.pid) as number) - before;
  expect(waited).toBeGreaterThanOrEqual(0);
  expect(waited).toBeLessThanOrEqual(performance.now() - started);
  expect(mainThreadWaitMsOf(2 ** 30)).toBeUndefined();
});
