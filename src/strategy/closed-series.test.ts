import { expect, test } from "bun:test";
import { emptyKline, type Kline, type UnixMs } from "../core/mod.ts";
import { ClosedSeries } from "./closed-series.ts";

const DAY_MS = 86_400_000;
const DAY = Date.UTC(2018, 1, 8);

function day(openTime: number, closeTime: number): Kline {
  return { ...emptyKline(), openTime: openTime as UnixMs, closeTime: closeTime as UnixMs, closed: true };
}

test("a day that an outage ended early is closed for a filter when the day is over, as it is while the market runs", () => {
  const series = new ClosedSeries("1d");
  series.append(day(DAY - DAY_MS, DAY - 1), 10);
  series.append(day(DAY, DAY + 28 * 60_000 + 14_788), 10);
  series.append(day(DAY + DAY_MS, DAY + 2 * DAY_MS - 1), 10);
  expect(series.closedBy(DAY - 2)).toBe(0);
  expect(series.closedBy(DAY - 1)).toBe(1);
  expect(series.closedBy(DAY + 3_600_000 - 1)).toBe(1);
  expect(series.closedBy(DAY + DAY_MS - 1)).toBe(2);
  expect(series.closedBy(DAY + 2 * DAY_MS - 1)).toBe(3);
});
