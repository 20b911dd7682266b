import { expect, test } from "bun:test";
import fc from "fast-check";
import type { OpenTimeRange, UnixMs } from "../core/mod.ts";
import { daysOf, MINUTE_MS, minutesOf, monthsBetween, type Period, periodIn } from "./period.ts";
import { joined, minutesIn, within, without } from "./ranges.ts";

const range = (from: number, to: number): OpenTimeRange => ({
  from: (from * MINUTE_MS) as UnixMs,
  to: (to * MINUTE_MS) as UnixMs,
});
const anyRange = fc.tuple(fc.nat(40), fc.nat(12)).map(([from, length]) => range(from, from + length));
const minutes = (ranges: readonly OpenTimeRange[]): number[] =>
  ranges.flatMap(({ from, to }) =>
    Array.from({ length: (to - from) / MINUTE_MS + 1 }, (_, at) => from / MINUTE_MS + at),
  );
const sorted = (all: Iterable<number>): number[] => [...new Set(all)].sort((a, b) => a - b);

test("ranges are joined, cut and taken away as sets of minutes are", () => {
  fc.assert(
    fc.property(fc.array(anyRange, { maxLength: 8 }), anyRange, (ranges, one) => {
      const all = joined(ranges);
      expect(minutes(all)).toEqual(sorted(minutes(ranges)));
      expect(minutesIn(all)).toBe(sorted(minutes(ranges)).length);
      for (const [at, { from }] of all.entries()) {
        if (at > 0) expect(from).toBeGreaterThan((all[at - 1]?.to ?? 0) + MINUTE_MS);
      }
      const own = new Set(minutes([one]));
      expect(minutes(within(all, one))).toEqual(minutes(all).filter((minute) => own.has(minute)));
      const covered = new Set(minutes(all));
      expect(minutes(without(one, all))).toEqual([...own].filter((minute) => !covered.has(minute)));
    }),
  );
});

test("periods are months and days of the calendar", () => {
  expect(
    ["2024-02", "2024-02-29", "2024-2", "2024-13", "2023-02-29", "2024-01-01.parquet", ""].map(periodIn) as unknown[],
  ).toEqual(["2024-02", "2024-02-29", ...Array(5).fill(undefined)]);
  expect(minutesOf("2024-02" as Period) as unknown).toEqual({
    from: Date.UTC(2024, 1, 1),
    to: Date.UTC(2024, 1, 29, 23, 59),
  });
  expect(daysOf("2024-02" as Period).length).toBe(29);
  expect(monthsBetween(Date.UTC(2023, 10, 30), Date.UTC(2024, 0, 1)) as string[]).toEqual([
    "2023-11",
    "2023-12",
    "2024-01",
  ]);
  expect(() => monthsBetween(2, 1)).toThrow("the range ends before it begins");
});
