import { expect, test } from "bun:test";
import { emptyKline } from "../core/mod.ts";
import { klineJson } from "./kline-json.ts";
import { klineOf, tickerFrom, type WireKline, type WireTicker } from "./mod.ts";

const kline = { ...emptyKline(), trades: 7, quoteVolume: 1.5, takerBuyVolume: 2 };

test("null on the wire is NaN in core, and goes back to null", () => {
  const partly: WireKline = { ...kline, trades: null, takerBuyQuoteVolume: null };
  const read = klineOf(partly);
  expect(read).toEqual({ ...kline, trades: Number.NaN, takerBuyQuoteVolume: Number.NaN });
  expect(JSON.parse(klineJson(read))).toEqual(partly);
  const none = { quoteVolume: null, trades: null, takerBuyVolume: null, takerBuyQuoteVolume: null };
  expect(JSON.parse(klineJson(klineOf({ ...kline, ...none })))).toEqual({ ...kline, ...none });
});

test("a kline of which all is known is the same object; so is a ticker", () => {
  expect(klineOf(kline)).toBe(kline);
  const ticker = { price: 1, quoteVolume: 2 } as WireTicker;
  expect(tickerFrom(ticker) as object).toBe(ticker);
  expect(tickerFrom({ ...ticker, quoteVolume: null }).quoteVolume).toBeNaN();
});
