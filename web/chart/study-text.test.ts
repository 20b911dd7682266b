import { expect, test } from "bun:test";
import { readKeptStudies, readStudies, studiesText } from "./study-text.ts";

test("studies are read as they were written, with colour, width, and whether they are hidden", () => {
  for (const text of [
    "",
    "ema-20-c1",
    "ema-20-c1_ema-50-c2-w3_rsi-14-c8-h",
    "bollinger-20-2.5-c3-w1-h_vwap-c4_vwap-20-c5_obv-c6",
    "ema-20-c1_macd-12-26-9-c2_crossOver-close-1.value-c3_crossUnder-2.macd-2.signal-c4",
  ]) {
    const read = readStudies(text);
    expect({ text, written: read && studiesText(read) }).toEqual({ text, written: text });
  }
});

test("without colours, each takes the next one", () => {
  expect(studiesText(readStudies("ema-20_ema-50-c1_rsi-14") ?? [])).toBe("ema-20-c1_ema-50-c1_rsi-14-c2");
});

test.each([
  "sma",
  "sma-x",
  "sma-",
  "nothing-3",
  "sma-0",
  "sma-1.5",
  "sma-1001",
  "macd-12-26",
  "sma-20-20",
  "sma-20-c9",
  "sma-20-c0",
  "sma-20-w4",
  "crossOver",
  "crossOver-close-1.value",
  "sma-20_crossOver-close-1.upper",
  "sma-20_crossOver-close-3.value",
  "sma-20_crossOver-close-1.value_crossOver-close-2.value",
  Array.from({ length: 51 }, () => "sma-20").join("_"),
])("%p isn't understood", (text) => {
  expect(readStudies(text)).toBeUndefined();
});

test("what an earlier version kept is read, and what means nothing is left out", () => {
  const kept = (text: string): string => studiesText(readKeptStudies(text));
  expect(kept("sma 20,macd 12 26 9,bollinger 20 2.5")).toBe("sma-20-c1_macd-12-26-9-c2_bollinger-20-2.5-c3");
  expect(kept("sma 7,nothing 3,vwap")).toBe("sma-7-c1_vwap-c2");
  expect(kept("")).toBe("");
  expect(kept("sma-7-c5_ema-50-c2-w3")).toBe("sma-7-c5_ema-50-c2-w3");
});
