import { expect, test } from "bun:test";
import { parseSymbol } from "../../core/mod.ts";
import { BINANCE_STREAMS } from "./streams.ts";

const BTC = parseSymbol("BTCUSDT");

test("streams are named and asked for as the exchange has it", () => {
  const { klines, marketWide, address, request } = BINANCE_STREAMS;
  const [tickers = ""] = marketWide;
  expect([klines(BTC, "1m"), klines(BTC, "1M"), tickers]).toEqual([
    "btcusdt@kline_1m",
    "btcusdt@kline_1M",
    "!miniTicker@arr",
  ]);
  expect(address("wss://host/", [tickers, klines(BTC, "1m"), klines(parseSymbol("币安人生USDT"), "1m")])).toEqual({
    url: "wss://host/stream?streams=!miniTicker@arr/btcusdt@kline_1m/%E5%B8%81%E5%AE%89%E4%BA%BA%E7%94%9Fusdt@kline_1m",
    subscribe: [],
  });
  expect(request("unsubscribe", ["btcusdt@kline_1m"], 7).map((text) => JSON.parse(text))).toEqual([
    { method: "UNSUBSCRIBE", params: ["btcusdt@kline_1m"], id: 7 },
  ]);
});

test("a symbol's tickers come by the stream of all, or by its own", () => {
  expect(
    ["!miniTicker@arr", "btcusdt@miniTicker", "ethusdt@miniTicker", "btcusdt@kline_1m"].map((stream) =>
      BINANCE_STREAMS.bringsTickerOf(stream, BTC),
    ),
  ).toEqual([true, true, false, false]);
});
