import { expect, test } from "bun:test";
import { retryAfterMs } from "./retry-after.ts";

const NOW = Date.UTC(2026, 1, 10);
const at = (headers: Record<string, string>): number | undefined => retryAfterMs(new Headers(headers), NOW);

test("reads seconds", () => {
  expect(at({ "retry-after": "0" })).toBe(0);
  expect(at({ "retry-after": " 120 " })).toBe(120_000);
});

test("reads a date against the server's own clock, or ours where it doesn't tell", () => {
  const until = "Tue, 10 Feb 2026 00:00:30 GMT";
  expect(at({ "retry-after": until })).toBe(30_000);
  expect(at({ "retry-after": until, date: "Tue, 10 Feb 2026 00:00:20 GMT" })).toBe(10_000);
  expect(at({ "retry-after": until, date: "Tue, 10 Feb 2026 00:01:00 GMT" })).toBe(0);
});

test("passes over what it can't read", () => {
  expect(at({})).toBeUndefined();
  expect(at({ "retry-after": "" })).toBeUndefined();
  expect(at({ "retry-after": "soon" })).toBeUndefined();
});
