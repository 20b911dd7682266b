import { expect, test } from "bun:test";
import { emptyKline } from "../../src/core/mod.ts";
import { csvText } from "../text/csv.ts";
import { klineRows } from "./kline-rows.ts";

test("a figure that the market doesn't send is an empty field", () => {
  const known = { ...emptyKline(), open: 1.5, volume: 2, trades: 7 };
  const unknown = { ...known, quoteVolume: null, trades: null, takerBuyVolume: null, takerBuyQuoteVolume: null };
  expect(csvText(klineRows([known, unknown]))).toBe(
    [
      "openTime,open,high,low,close,volume,closeTime,quoteVolume,trades,takerBuyVolume,takerBuyQuoteVolume,closed",
      "0,1.5,0,0,0,2,0,0,7,0,0,false",
      "0,1.5,0,0,0,2,0,,,,,false",
      "",
    ].join("\r\n"),
  );
});
