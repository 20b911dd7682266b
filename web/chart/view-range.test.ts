import { expect, test } from "bun:test";
import type { UTCTimestamp } from "lightweight-charts";
import { momentAt, NEWEST, positionAt, rangeText, readRange, type ViewRange } from "./view-range.ts";

const MINUTE = 60_000;

test("a range is read as it was written", () => {
  const ranges: readonly (readonly [string, ViewRange])[] = [
    ["newest", NEWEST],
    ["newest-120", { kind: "newest", candles: 120 }],
    ["1770681600000-1770700000000", { kind: "between", from: 1_770_681_600_000, to: 1_770_700_000_000 }],
  ];
  for (const [text, range] of ranges) {
    expect(rangeText(range)).toBe(text);
    expect(readRange(text)).toEqual(range);
  }
});

test.each(["", "newest-", "newest-0", "newest-100001", "oldest", "5-6", "1770700000000-1770681600000", "1e12-2e12"])(
  "%p is no range",
  (text) => {
    expect(readRange(text)).toBeUndefined();
  },
);

const points = [0, 1, 2, 10, 11].map((minute) => ({ time: (minute * 60) as UTCTimestamp }));

test.each([
  [0, 0],
  [2.5, 2.5],
  [3, 10],
  [3.25, 10.25],
  [4.75, 11.75],
  [24, 31],
  [-3, -3],
])("position %p is at minute %p, and the other way round", (position, minute) => {
  expect(momentAt(points, position, MINUTE)).toBe(minute * MINUTE);
  expect(positionAt(points, minute * MINUTE, MINUTE)).toBe(position);
});

test("a moment in a gap is where the gap ends", () => {
  expect(positionAt(points, 7 * MINUTE, MINUTE)).toBe(3);
});
