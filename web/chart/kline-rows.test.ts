import { expect, test } from "bun:test";
import { emptyKline } from "../../src/core/mod.ts";
import { csvText } from "../text/csv.ts";
import { klineRows } from "./kline-rows.ts";
import { computeStudies } from "./studies.ts";
import { readStudies } from "./study-text.ts";

test("a figure that the market doesn't send is an empty field", () => {
  const known = { ...emptyKline(), open: 1.5, volume: 2, trades: 7 };
  const unknown = { ...known, quoteVolume: null, trades: null, takerBuyVolume: null, takerBuyQuoteVolume: null };
  expect(csvText(klineRows([known, unknown], []))).toBe(
    [
      "openTime,open,high,low,close,volume,closeTime,quoteVolume,trades,takerBuyVolume,takerBuyQuoteVolume,closed",
      "1970-01-01T00:00:00.000Z,1.5,0,0,0,2,1970-01-01T00:00:00.000Z,0,7,0,0,false",
      "1970-01-01T00:00:00.000Z,1.5,0,0,0,2,1970-01-01T00:00:00.000Z,,,,,false",
      "",
    ].join("\r\n"),
  );
});

test("each output of a study is a column, empty while it isn't warm", () => {
  const klines = [10, 20, 40].map((close) => ({ ...emptyKline(), close }));
  const studies = computeStudies(
    readStudies("sma-2_bollinger-3-2_crossOver-close-1.value_supertrend-1-3") ?? [],
    klines,
  );
  const [head = [], ...rows] = klineRows(klines, studies);
  expect(head.slice(12)).toEqual([
    "SMA 2",
    "Bollinger 3 2 upper",
    "Bollinger 3 2 middle",
    "Bollinger 3 2 lower",
    "Cross over Close / SMA 2",
    "Supertrend 1 3 line",
    "Supertrend 1 3 direction",
  ]);
  expect(rows.map((row) => row[12] as unknown)).toEqual(["", 15, 30]);
  expect(rows.map((row) => row[14] as unknown)).toEqual(["", "", 70 / 3]);
});
