import { expect, test } from "bun:test";
import { noticeTimeMs } from "./notice-time.ts";

test("a notice stays as long as it takes to read it", () => {
  expect(noticeTimeMs("The link is copied.")).toBe(5_900);
  expect(noticeTimeMs("x".repeat(200))).toBe(24_000);
});
