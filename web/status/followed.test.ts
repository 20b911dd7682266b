import { expect, test } from "bun:test";
import { followedText } from "./followed.ts";

test("operators read which server is followed, and all how far its data lies behind, where that is known", () => {
  const path = ["up"];
  expect(followedText({ upstream: "10.0.0.5:8080", path, behindMs: 640 })).toBe("10.0.0.5:8080, 0 s behind");
  expect(followedText({ upstream: null, path, behindMs: 75_000 })).toBe("another server, 1 min behind");
  expect(followedText({ upstream: null, path: [], behindMs: null })).toBe("another server");
});
