import { expect, test } from "bun:test";
import { bodyPrice, coveragePrice, functionPrice, klinesPrice, previewPrice, screenPrice } from "./prices.ts";

test("prices follow the work", () => {
  expect([klinesPrice(0), klinesPrice(1), klinesPrice(1_000), klinesPrice(1_001)]).toEqual([0, 1, 1, 2]);
  expect([klinesPrice(150_000), klinesPrice(150_000, "gzip"), klinesPrice(150_000, "arrow")]).toEqual([150, 300, 225]);
  expect([screenPrice(1), screenPrice(500), previewPrice(500, 100, true)]).toEqual([1, 50, 250]);
  // One symbol at 500 closes may bring 2 MB of facts; never more than 4 MB are sent.
  expect([previewPrice(1, 500, false), previewPrice(1, 500, true), previewPrice(10, 300, true)]).toEqual([3, 8, 16]);
  const functions = [{ rows: 50 }, { rows: 500 }, { codeCharacters: 900 }, { codeCharacters: 32_768 }];
  expect(functions.map((work) => functionPrice(work, 400))).toEqual([1, 5, 1, 9]);
  expect([{ symbols: 3 }, { symbols: null }].map((work) => functionPrice(work, 400))).toEqual([1, 40]);
  expect([0, 16_384, 16_385, 131_072].map(bodyPrice)).toEqual([1, 1, 2, 8]);
  // On a socket with few channels a channel of the whole market is free; where it covers hundreds it isn't, each time.
  expect([coveragePrice(12, 20), coveragePrice(1, 99), coveragePrice(1, 800)]).toEqual([0, 0.99, 8]);
  expect(coveragePrice(12, 800)).toBe(96);
});
