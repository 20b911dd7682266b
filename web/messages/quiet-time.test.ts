import { expect, test } from "bun:test";
import { ownMinutes, quietOf, quietText, timeOf } from "./quiet-time.ts";

test("quiet hours are typed by the own clock, kept in UTC, and read in both", () => {
  expect(quietOf("22:00", "07:30", 0)).toEqual({ from: 1_320, until: 450 });
  // New Delhi, and New York: the day changes in between.
  expect(quietOf("22:00", "03:15", 330)).toEqual({ from: 990, until: 1_305 });
  expect(quietOf("22:00", "07:00", -300)).toEqual({ from: 180, until: 720 });
  expect(quietText({ from: 990, until: 1_305 }, 330)).toBe("22:00 to 03:15 your time (16:30 to 21:45 UTC)");
  expect(quietText({ from: 180, until: 720 }, -300)).toBe("22:00 to 07:00 your time (03:00 to 12:00 UTC)");
  expect(quietText({ from: 1_320, until: 425 }, 0)).toBe("22:00 to 07:05 UTC");
  expect([timeOf(ownMinutes(1_410, 60)), timeOf(ownMinutes(30, -60))]).toEqual(["00:30", "23:30"]);
});

test("without times there are none, and half of one is no number", () => {
  expect(quietOf("", "", 120)).toBeNull();
  expect(quietOf("22:00", "", 120)).toEqual({ from: 1_200, until: Number.NaN });
});
