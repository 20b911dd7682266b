import { expect, test } from "bun:test";
import { emptyKline, type UnixMs } from "../../src/core/mod.ts";
import type { ChartColors } from "./chart-colors.ts";
import { wrapped } from "./chart-picture.ts";
import { type PictureSubject, pictureWords } from "./picture-words.ts";
import { computeStudies } from "./studies.ts";
import { readStudies } from "./study-text.ts";

const COLORS = { up: "green", down: "red", text: "grey", studies: ["one", "two"] } as unknown as ChartColors;
const KLINES = [10, 20, 18].map((close, at) => ({
  ...emptyKline(),
  openTime: (at * 60_000) as UnixMs,
  open: at === 2 ? 20 : 10,
  high: 21,
  low: 9.5,
  close,
  volume: 1_234,
}));
const SUBJECT: PictureSubject = {
  choice: { symbol: "BTCUSDT", interval: "1m" },
  kind: "candles",
  klines: KLINES,
  studies: computeStudies(readStudies("sma-2-c2_sma-3-c1-h_sma-4-c1") ?? [], KLINES),
  decimals: 2,
  note: "simulated",
  timeText: (moment) => `minute ${moment / 60_000}`,
};

test("a picture says the last candle in sight and each study's value there, in its colour", () => {
  expect(pictureWords(SUBJECT, 1e9, COLORS)).toEqual({
    title: "BTCUSDT 1m",
    note: "simulated",
    legend: [
      { text: "minute 2  O 20.00  H 21.00  L 9.50  C 18.00  −10.00%  V 1.23K", color: "red" },
      { text: "SMA 2 19.00", color: "two" },
      { text: "SMA 4 –", color: "one" },
    ],
  });
  const { legend } = pictureWords(SUBJECT, 60_000, COLORS);
  expect(legend[0]).toEqual({ text: "minute 1  O 10.00  H 21.00  L 9.50  C 20.00  +100.00%  V 1.23K", color: "green" });
  expect(legend[1]?.text).toBe("SMA 2 15.00");
});

test("it says how the price is drawn where that isn't as candles, and nothing of candles that there aren't", () => {
  expect(pictureWords({ ...SUBJECT, kind: "heikin-ashi", klines: [] }, 0, COLORS)).toEqual({
    title: "BTCUSDT 1m · Heikin Ashi",
    note: "simulated",
    legend: [],
  });
});

test("texts are in as many lines as they need", () => {
  const texts = ["aaaa", "bbb", "cccccc", "d"].map((text) => ({ text, color: "grey" }));
  const lines = wrapped(texts, 10, 1, (text) => text.length);
  expect(lines.map((line) => line.map(({ text, x }) => `${text} ${x}`))).toEqual([
    ["aaaa 0", "bbb 5"],
    ["cccccc 0", "d 7"],
  ]);
  expect(wrapped([{ text: "far too long for it", color: "grey" }], 10, 1, (text) => text.length)).toHaveLength(1);
});
