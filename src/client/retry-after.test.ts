import { expect, test } from "bun:test";
import { LONGEST_RETRY_AFTER_MS } from "../core/mod.ts";
import { retryAfterMs } from "./retry-after.ts";

const NOW = Date.UTC(2026, 1, 10);
const at = (headers: Record<string, string>): number | undefined => retryAfterMs(new Headers(headers), NOW);

test("reads both headers of an answer", () => {
  expect(at({ "retry-after": "120" })).toBe(120_000);
  expect(at({ "retry-after": "Tue, 10 Feb 2026 00:00:30 GMT", date: "Tue, 10 Feb 2026 00:00:20 GMT" })).toBe(10_000);
  expect(at({})).toBeUndefined();
});

test("no server can send its clients away for longer than three days", () => {
  expect(at({ "retry-after": "9999999999" })).toBe(LONGEST_RETRY_AFTER_MS);
});
