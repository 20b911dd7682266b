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

test("room that is made beforehand holds all that it was made for, and windows from before stay what they were", () => {
  const series = new ClosedSeries("1d");
  const put = (from: number, end: number): void => {
    for (let index = from; index < end; index += 1) {
      series.append(day(DAY + index * DAY_MS, DAY + (index + 1) * DAY_MS - 1), 700);
    }
  };
  const windowOf = (days: number) =>
    series.window(DAY + days * DAY_MS - 1, 700, { full: false, hasOlder: false }, () => true);
  series.reserve(3);
  put(0, 3);
  const three = windowOf(3);
  series.reserve(497);
  const block = () => windowOf(500).openTime.buffer;
  put(3, 500);
  const reserved = block();
  expect([...three.openTime]).toEqual([0, 1, 2].map((index) => DAY + index * DAY_MS));
  expect(windowOf(500).length).toBe(500);
  expect([...windowOf(500).openTime].at(-1)).toBe(DAY + 499 * DAY_MS);
  series.reserve(0);
  expect(block()).toBe(reserved);
  put(500, 501);
  expect(windowOf(501).openTime.buffer).not.toBe(reserved);
  expect(windowOf(501).length).toBe(501);
});
