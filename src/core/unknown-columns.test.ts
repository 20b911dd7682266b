import { expect, test } from "bun:test";
import { OPTIONAL_COLUMNS } from "./kline.ts";
import { MARKET_IDS } from "./market-table.ts";
import { parseSymbol } from "./symbol.ts";
import { marketsOf, marketsWith, unknownColumnsOf } from "./unknown-columns.ts";

test("Binance sends all columns; Bybit counts no trades and knows no takers", () => {
  expect(MARKET_IDS.map((market) => [market, [...unknownColumnsOf(market)].sort()])).toEqual([
    ["binance", []],
    ["binance-usdm", []],
    ["bybit", ["takerBuyQuoteVolume", "takerBuyVolume", "trades"]],
    ["bybit-linear", ["takerBuyQuoteVolume", "takerBuyVolume", "trades"]],
  ]);
  expect(marketsWith("trades")).toEqual(["binance", "binance-usdm"]);
  expect(marketsWith("quoteVolume")).toEqual([...MARKET_IDS]);
  for (const column of OPTIONAL_COLUMNS) expect(marketsWith(column)).not.toEqual([]);
});

test("symbols are of markets, each of which is named once", () => {
  const symbols = ["BTCUSDT", "BYBIT:BTCUSDT", "ETHUSDT", "BYBIT:BTCUSDT.P", "BYBIT:ETHUSDT"].map(parseSymbol);
  expect(marketsOf(symbols)).toEqual(["binance", "bybit", "bybit-linear"]);
  expect(marketsOf([])).toEqual([]);
});
