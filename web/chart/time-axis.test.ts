import { expect, test } from "bun:test";
import { TickMarkType, type Time } from "lightweight-charts";
import type { TimeZone } from "../text/time-zone.ts";
import { tickText, ZonedTimeAxis } from "./time-axis.ts";

test("a mark is a year, a month, a day or a time of the zone's clock", () => {
  const moment = Date.UTC(2026, 11, 31, 22, 30, 5);
  const kinds = [
    TickMarkType.Year,
    TickMarkType.Month,
    TickMarkType.DayOfMonth,
    TickMarkType.Time,
    TickMarkType.TimeWithSeconds,
  ];
  expect(kinds.map((kind) => tickText(moment, kind, 0))).toEqual(["2026", "Dec", "31", "22:30", "22:30:05"]);
  expect(kinds.map((kind) => tickText(moment, kind, 120))).toEqual(["2027", "Jan", "1", "00:30", "00:30:05"]);
});

test("a day begins at the zone's midnight", () => {
  const before = process.env.TZ;
  process.env.TZ = "Europe/Berlin";
  try {
    expect(heaviestHour("utc")).toBe(0);
    expect(heaviestHour("local")).toBe(23);
  } finally {
    process.env.TZ = before ?? "UTC";
  }
});

/** The hour in UTC at which the axis has its weightiest mark, of a winter's day from noon to noon. */
function heaviestHour(zone: TimeZone): number {
  const axis = new ZonedTimeAxis(() => zone);
  const noon = Date.UTC(2026, 1, 10, 12) / 1_000;
  const points = Array.from({ length: 24 }, (_, hour) => {
    const time = (noon + hour * 3_600) as Time;
    return {
      time: axis.convertHorzItemToInternal(time),
      originalTime: time,
      timeWeight: 0,
      pointIndex: hour,
    } as unknown as Parameters<typeof axis.fillWeightsForPoints>[0][number];
  });
  axis.fillWeightsForPoints(points, 0);
  const weights = points.slice(1).map(({ timeWeight }) => Number(timeWeight));
  return (12 + 1 + weights.indexOf(Math.max(...weights))) % 24;
}
