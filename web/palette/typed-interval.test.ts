import { expect, test } from "bun:test";
import { readTyped } from "./typed-interval.ts";

test("one of several words may be an interval; a month and a minute differ where there are both", () => {
  const read = (text: string, intervals: Parameters<typeof readTyped>[1]) => {
    const { words, interval } = readTyped(text, intervals);
    return [words.join(" "), interval];
  };
  expect(read(" btc  5m ", ["1m", "5m"])).toEqual(["btc", "5m"]);
  expect(read("5m eth/btc", ["1m", "5m"])).toEqual(["eth btc", "5m"]);
  expect(read("btc 1M", ["1m", "1M"])).toEqual(["btc", "1M"]);
  expect(read("btc 1M", ["1m"])).toEqual(["btc", "1m"]);
  expect(read("btc 4H", ["4h"])).toEqual(["btc", "4h"]);
  expect(read("btc 7m", ["1m", "5m"])).toEqual(["btc 7m", undefined]);
  expect(read("5m", ["5m"])).toEqual(["5m", undefined]);
  expect(read("", ["5m"])).toEqual(["", undefined]);
});
