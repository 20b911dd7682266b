import { expect, test } from "bun:test";
import { type PlacedCandles, placeOfTime, timeOfPlace } from "./time-places.ts";

const MINUTE = 60_000;

/** Candles of a minute each, at these minutes and places. */
function candles(minutes: readonly number[], places: readonly number[] = minutes.map((_, at) => at)): PlacedCandles {
  return {
    count: minutes.length,
    openTime: (at) => (minutes[at] ?? Number.NaN) * MINUTE,
    place: (at) => places[at] ?? Number.NaN,
    lengthMs: MINUTE,
  };
}

test("a candle is at its place, and a moment within it lies between it and the next one", () => {
  const all = candles([100, 101, 102, 103]);
  expect(placeOfTime(all, 102 * MINUTE)).toBe(2);
  expect(placeOfTime(all, 102.25 * MINUTE)).toBe(2.25);
  expect(timeOfPlace(all, 2)).toBe(102 * MINUTE);
  expect(timeOfPlace(all, 2.5)).toBe(102.5 * MINUTE);
});

test("before the first and after the last candle, places follow one another at a candle's length", () => {
  const all = candles([100, 101, 102]);
  expect(placeOfTime(all, 90 * MINUTE)).toBe(-10);
  expect(placeOfTime(all, 112.5 * MINUTE)).toBe(12.5);
  expect(timeOfPlace(all, -3)).toBe(97 * MINUTE);
  expect(timeOfPlace(all, 7)).toBe(107 * MINUTE);
});

test("a hole that is drawn narrower than it was stretches the time within it", () => {
  const all = candles([100, 101, 1_101, 1_102], [0, 1, 11, 12]);
  expect(placeOfTime(all, 601 * MINUTE)).toBe(6);
  expect(timeOfPlace(all, 6)).toBe(601 * MINUTE);
  expect(placeOfTime(all, 1_103 * MINUTE)).toBe(13);
});

test("times and places are each other's inverse, everywhere", () => {
  const all = candles([100, 101, 103, 104, 110], [5, 6, 8, 9, 12]);
  for (let place = -4; place < 20; place += 0.25) {
    expect(placeOfTime(all, timeOfPlace(all, place) ?? Number.NaN)).toBeCloseTo(place, 9);
  }
});

test("without candles there are no places, and one candle is enough", () => {
  expect(placeOfTime(candles([]), 0)).toBeUndefined();
  expect(timeOfPlace(candles([]), 0)).toBeUndefined();
  expect(placeOfTime(candles([100]), 102 * MINUTE)).toBe(2);
});
