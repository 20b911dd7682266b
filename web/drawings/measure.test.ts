import { expect, test } from "bun:test";
import { flatPlane } from "../../tests/helpers/flat-plane.ts";
import { type Measure, measured, measureWords, spanText } from "./measure.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function words(from: readonly [number, number], to: readonly [number, number], decimals = 2): string {
  const anchor = ([minute, price]: readonly [number, number]) => ({ time: minute * MINUTE, price });
  return measureWords(measured(anchor(from), anchor(to), flatPlane()) as Measure, decimals);
}

test("a measure says the price's difference, the percentage of where it began, the candles and the time", () => {
  expect(words([10, 200], [34, 250])).toBe("+50.00, +25.00%, 24 candles, 24 min");
  expect(words([10, 250], [11, 200])).toBe("−50.00, −20.00%, 1 candle, 1 min");
});

test("to the left, candles and time are negative; at one place they are none", () => {
  expect(words([34, 200], [10, 201], 1)).toBe("+1.0, +0.50%, −24 candles, −24 min");
  expect(words([34, 200], [34, 200])).toBe("0.00, 0.00%, 0 candles, 0 min");
});

test("a span is said in its two largest units", () => {
  const spans = [30_000, 45 * MINUTE, 2 * HOUR, 2 * HOUR + 5 * MINUTE, 24 * HOUR, 76 * HOUR, 72 * HOUR + 9 * MINUTE];
  expect(spans.map(spanText)).toEqual(["30 s", "45 min", "2 h", "2 h 5 min", "1 d", "3 d 4 h", "3 d"]);
});

test("without candles nothing is measured", () => {
  const nowhere = flatPlane({ placeOf: () => undefined });
  expect(measured({ time: 0, price: 1 }, { time: 1, price: 2 }, nowhere)).toBeUndefined();
});
