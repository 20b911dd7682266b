import { expect, test } from "bun:test";
import { ManualClock, SettableClock } from "../../tests/helpers/clock.ts";
import { RetryAlarm } from "./retry-alarm.ts";

test("the first retry rings the alarm, an earlier one moves it, and the wait doubles up to a minute while none helps", async () => {
  const clock = new ManualClock(0);
  const rungAt: number[] = [];
  let firstMs: number | undefined = 8_000;
  const alarm: RetryAlarm = new RetryAlarm({
    clock,
    stopwatch: clock.stopwatch,
    firstRetryMs: async () => firstMs,
    retry: async () => {
      rungAt.push(clock.now());
      await alarm.set();
    },
  });
  await alarm.set();
  firstMs = 2_000;
  await alarm.set();
  await alarm.set();
  expect(clock.sleepers).toBe(1);
  await clock.turn(200_000);
  expect(rungAt).toEqual([2_000, 6_000, 14_000, 30_000, 62_000, 122_000, 182_000]);
  alarm.runEnded();
  await clock.turn(60_000);
  expect(rungAt.slice(7)).toEqual([242_000, 246_000, 254_000]);
  firstMs = undefined;
  await clock.turn(3_600_000);
  expect([rungAt.at(-1), clock.sleepers]).toEqual([270_000, 0]);
  firstMs = 2_000;
  await alarm.set();
  alarm.stop();
  await alarm.set();
  expect(clock.sleepers).toBe(0);
});

test("when it rings counts by the stopwatch: an earlier retry moves it, also after the machine's clock was set", async () => {
  const beneath = new ManualClock(0);
  const local = new SettableClock(beneath);
  const rungAt: number[] = [];
  let firstMs: number | undefined = 30_000;
  const alarm = new RetryAlarm({
    clock: local,
    stopwatch: beneath.stopwatch,
    firstRetryMs: async () => firstMs,
    retry: async () => void rungAt.push(beneath.now()),
  });
  await alarm.set();
  local.step(3_600_000);
  firstMs = 2_000;
  await alarm.set();
  await beneath.turn(60_000);
  expect(rungAt).toEqual([2_000]);
});
