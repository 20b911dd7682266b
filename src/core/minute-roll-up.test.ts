import { expect, test } from "bun:test";
import { minuteKlines, rolledUp } from "../../tests/helpers/truth.ts";
import { INTERVALS, type Interval, openTimeOf } from "./interval.ts";
import type { Kline } from "./kline.ts";
import { MinuteRollUp } from "./minute-roll-up.ts";

const FROM = Date.UTC(2026, 0, 25);

function rolled(interval: Interval, minutes: readonly Kline[], closesEarly: boolean): Kline[] {
  const klines: Kline[] = [];
  const rollUp = new MinuteRollUp(interval, closesEarly, (kline) => klines.push({ ...kline }));
  for (const minute of minutes) rollUp.add(minute);
  rollUp.end();
  return klines;
}

test("minutes add up to the candles of every interval, over holes of minutes, hours and days and the end of a month", () => {
  const isHole = (index: number): boolean =>
    index % 97 < 3 || (index > 2_000 && index < 2_150) || (index > 5_000 && index < 9_400);
  const minutes = minuteKlines(FROM, 20_000, 5, isHole);
  const over = Number.MAX_SAFE_INTEGER;
  for (const interval of INTERVALS.filter((one) => one !== "1s" && one !== "1m")) {
    const expected = rolledUp(interval, minutes, over).map((kline) => ({ ...kline, closed: true }));
    expect(rolled(interval, minutes, true)).toEqual(expected);
  }
  expect(rolled("1m", minutes, true)).toEqual(minutes);
});

test("where a market knows no early end, a candle ends with its interval", () => {
  const minutes = minuteKlines(FROM, 50, 5, () => false);
  const [hour] = rolled("1h", minutes, false);
  expect(hour?.closeTime).toBe((openTimeOf("1h", FROM) + 3_599_999) as never);
  expect(rolled("1h", minutes, true)[0]?.closeTime).toBe(minutes.at(-1)?.closeTime as never);
});
