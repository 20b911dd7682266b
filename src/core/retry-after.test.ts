import { expect, test } from "bun:test";
import { LONGEST_RETRY_AFTER_MS, readRetryAfter } from "./retry-after.ts";

const NOW = Date.UTC(2026, 1, 10);
const UNTIL = "Tue, 10 Feb 2026 00:00:30 GMT";

test.each([
  ["0", 0],
  [" 120 ", 120_000],
  ["1.5", 1_500],
  ["259200", LONGEST_RETRY_AFTER_MS],
  ["259201", LONGEST_RETRY_AFTER_MS],
  ["9999999999", LONGEST_RETRY_AFTER_MS],
  ["99999999999999999999999999", LONGEST_RETRY_AFTER_MS],
  ["Infinity", LONGEST_RETRY_AFTER_MS],
  ["inf", LONGEST_RETRY_AFTER_MS],
  ["-5", 0],
  ["-Infinity", 0],
  [UNTIL, 30_000],
  ["Tuesday, 10-Feb-26 00:00:30 GMT", 30_000],
  ["Tue, 10 Feb 2026 00:00:00 GMT", 0],
  ["Mon, 09 Feb 2026 00:00:00 GMT", 0],
  ["Tue, 10 Feb 2099 00:00:00 GMT", LONGEST_RETRY_AFTER_MS],
])("%p asks to wait %p ms", (text, ms) => {
  expect(readRetryAfter(text, null, NOW)).toBe(ms as never);
});

test.each(["", "soon", "NaN", "12 minutes", "1,5", "0x10", "1e3", "-", ".", "Feb 30", "Tue, nonsense"])(
  "%p means nothing",
  (text) => {
    expect(readRetryAfter(text, null, NOW)).toBeUndefined();
  },
);

test("nothing is asked without the header", () => {
  expect(readRetryAfter(null, null, NOW)).toBeUndefined();
});

test("a date counts from the answer's own date, where it has one", () => {
  expect(readRetryAfter(UNTIL, "Tue, 10 Feb 2026 00:00:20 GMT", NOW)).toBe(10_000 as never);
  expect(readRetryAfter(UNTIL, "Tue, 10 Feb 2026 00:01:00 GMT", NOW)).toBe(0 as never);
  expect(readRetryAfter(UNTIL, "yesterday", NOW)).toBe(30_000 as never);
});
