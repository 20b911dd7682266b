import { expect, test } from "bun:test";
import { momentText, offsetMinutes, TimeZoneChoice, zoneText } from "./time-zone.ts";

const MOMENT = Date.UTC(2026, 1, 10, 22, 5);

test("a moment is written as its zone's clock shows it, with the zone's name", () => {
  expect(momentText(MOMENT, "utc")).toBe("2026-02-10 22:05 UTC");
  expect(momentText(MOMENT, "local", 330)).toBe("2026-02-11 03:35 UTC+5:30");
  expect(momentText(MOMENT + 7_000, "local", -210)).toBe("2026-02-10 18:35:07 UTC−3:30");
});

test("a local clock without an offset is told from UTC", () => {
  expect([zoneText(0, "utc"), zoneText(0, "local"), zoneText(120, "local"), zoneText(-720, "local")]).toEqual([
    "UTC",
    "UTC+0",
    "UTC+2",
    "UTC−12",
  ]);
});

test("the offset is that of the moment, in summer another than in winter", () => {
  const before = process.env.TZ;
  process.env.TZ = "Europe/Berlin";
  try {
    expect(offsetMinutes(MOMENT, "local")).toBe(60);
    expect(offsetMinutes(Date.UTC(2026, 6, 10), "local")).toBe(120);
    expect(offsetMinutes(MOMENT, "utc")).toBe(0);
  } finally {
    process.env.TZ = before ?? "UTC";
  }
});

test("the choice is kept, and is UTC at first", () => {
  const kept = new Map<string, string>();
  const storage = {
    getItem: (name: string) => kept.get(name) ?? null,
    setItem: (name: string, value: string) => void kept.set(name, value),
    removeItem: (name: string) => void kept.delete(name),
  };
  const choice = new TimeZoneChoice(storage);
  expect(choice.text(MOMENT)).toBe("2026-02-10 22:05 UTC");
  choice.toggle();
  expect(new TimeZoneChoice(storage).zone.peek()).toBe("local");
  choice.toggle();
  expect(new TimeZoneChoice(storage).zone.peek()).toBe("utc");
});
