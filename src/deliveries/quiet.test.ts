import { expect, test } from "bun:test";
import { quietForMs } from "./quiet.ts";

const at = (hour: number, minute = 0): number => Date.UTC(2026, 1, 3, hour, minute);
const HOUR = 3_600_000;

test("it is quiet from one minute of the day to another, also past midnight", () => {
  const night = { from: 22 * 60, until: 7 * 60 };
  const hours = [21, 22, 23.5, 0, 6.5, 7, 12].map((hour) => quietForMs(night, at(0) + hour * HOUR) / HOUR);
  expect(hours).toEqual([0, 9, 7.5, 7, 0.5, 0, 0]);
  const lunch = { from: 12 * 60, until: 13 * 60 };
  expect([at(11, 59), at(12), at(12, 45), at(13)].map((now) => quietForMs(lunch, now) / 60_000)).toEqual([
    0, 60, 15, 0,
  ]);
  expect(quietForMs(null, at(3))).toBe(0);
});
