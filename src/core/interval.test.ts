import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  addCandles,
  candlesBetween,
  closeTimeOf,
  INTERVALS,
  type Interval,
  isOpenTime,
  nextOpenTime,
  openTimeOf,
  parseInterval,
  previousOpenTime,
} from "./mod.ts";

const interval = fc.constantFrom(...INTERVALS);
const moment = fc.integer({ min: 0, max: Date.UTC(2100, 0) });

/** The calendar written out another way: by date parts, and by stepping from a known open time. */
function naiveOpenTime(name: Interval, at: number): number {
  const date = new Date(at);
  const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate()];
  if (name === "1M") return Date.UTC(year, month, 1);
  if (name === "1w") return Date.UTC(year, month, day - ((date.getUTCDay() + 6) % 7));
  const midnight = Date.UTC(year, month, day);
  if (name === "1d") return midnight;
  if (name === "3d") return Date.UTC(1970, 0, 1 + Math.floor(midnight / 86_400_000 / 3) * 3);
  const unit = { s: 1_000, m: 60_000, h: 3_600_000 }[name.at(-1) as "s" | "m" | "h"];
  const length = Number.parseInt(name, 10) * unit;
  return midnight + Math.floor((at - midnight) / length) * length;
}

describe("calendar", () => {
  test("the candle that holds a moment is the one that a date calendar names", () => {
    fc.assert(
      fc.property(interval, moment, (name, at) => {
        expect(openTimeOf(name, at) as number).toBe(naiveOpenTime(name, at));
      }),
      { numRuns: 2_000 },
    );
  });

  test("next, previous, close and count agree with one another", () => {
    fc.assert(
      fc.property(interval, moment, fc.integer({ min: -600, max: 600 }), (name, at, count) => {
        const open = openTimeOf(name, at);
        expect(open <= at && at <= closeTimeOf(name, open)).toBe(true);
        expect(isOpenTime(name, open)).toBe(true);
        expect(previousOpenTime(name, nextOpenTime(name, open))).toBe(open);
        expect(openTimeOf(name, closeTimeOf(name, open))).toBe(open);
        expect(openTimeOf(name, closeTimeOf(name, open) + 1)).toBe(nextOpenTime(name, open));
        expect(candlesBetween(name, open, addCandles(name, open, count))).toBe(count);
      }),
      { numRuns: 2_000 },
    );
  });

  test("weeks open on Monday, months on the 1st, 3d counts from the epoch", () => {
    const at = Date.parse("2026-02-11T12:34:56Z");
    expect(new Date(openTimeOf("1w", at)).toISOString()).toBe("2026-02-09T00:00:00.000Z");
    expect(new Date(openTimeOf("1M", at)).toISOString()).toBe("2026-02-01T00:00:00.000Z");
    expect((openTimeOf("3d", at) / 86_400_000) % 3).toBe(0);
    expect(new Date(closeTimeOf("1M", openTimeOf("1M", at))).toISOString()).toBe("2026-02-28T23:59:59.999Z");
  });

  test("names what is right when an interval isn't", () => {
    for (const wrong of ["1y", "1M ", "60m", "", "constructor", "toString", "1H"]) {
      expect(() => parseInterval(wrong)).toThrow(/expected one of 1s, 1m, .* 1M/);
    }
  });
});
