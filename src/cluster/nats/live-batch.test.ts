import { expect, test } from "bun:test";
import { emptyKline, type Kline, parseSymbol, tickerOf, type UnixMs } from "../../core/mod.ts";
import { LiveBatch } from "./live-batch.ts";

const BTC = parseSymbol("BTCUSDT");
const kline = (openTime: number, close: number, closed = false): Kline => ({
  ...{ ...emptyKline(), openTime: openTime as UnixMs, close, closed },
});
const frames = (batch: LiveBatch): unknown[] =>
  batch.take().flatMap((message) => message.split("\n").map((line) => JSON.parse(line)));

test("of an open kline the newest state is told, with the market's time, and of closed seconds each", () => {
  const batch = new LiveBatch("binance");
  batch.kline(BTC, "1m", kline(0, 1), 10 as UnixMs);
  batch.kline(BTC, "1m", kline(0, 2), 20 as UnixMs);
  batch.kline(BTC, "1s", kline(0, 3, true), 30 as UnixMs);
  batch.kline(BTC, "1s", kline(1_000, 4, true), 40 as UnixMs);
  expect(frames(batch)).toMatchObject([
    { channel: "kline:BTCUSDT:1s", kline: { close: 3, closed: true }, time: 30 },
    { channel: "kline:BTCUSDT:1s", kline: { close: 4, closed: true }, time: 40 },
    { type: "kline", channel: "kline:BTCUSDT:1m", kline: { close: 2, closed: false }, time: 20 },
  ]);
  expect(batch.take()).toEqual([]);
});

test("an open state isn't told after its close", () => {
  const batch = new LiveBatch("binance");
  batch.kline(BTC, "1m", kline(0, 1), 10 as UnixMs);
  batch.forget(BTC, "1m", 0 as UnixMs);
  expect(batch.take()).toEqual([]);
  batch.kline(BTC, "1m", kline(60_000, 1), 10 as UnixMs);
  batch.forget(BTC, "1m", 0 as UnixMs);
  expect(frames(batch)).toHaveLength(1);
});

test("tickers of a market share a frame, and much is told in several messages below the bound of NATS", () => {
  const batch = new LiveBatch("binance");
  const figures = { price: 1, open: 1, high: 1, low: 1, volume: 1, quoteVolume: 1, updatedAt: 5 as UnixMs };
  for (let number = 0; number < 3_000; number += 1) {
    const symbol = parseSymbol(`S${number}USDT`);
    batch.kline(symbol, "1m", kline(0, number), 10 as UnixMs);
    batch.ticker(tickerOf({ symbol, ...figures }));
  }
  const messages = batch.take();
  expect(messages.length).toBeGreaterThan(2);
  expect(Math.max(...messages.map(({ length }) => length))).toBeLessThan(500_000);
  const told = messages.flatMap((message) => message.split("\n")).map((line) => JSON.parse(line));
  expect(told.filter(({ type }) => type === "kline")).toHaveLength(3_000);
  expect(told.filter(({ type }) => type === "tickers").flatMap(({ tickers }) => tickers)).toHaveLength(3_000);
});
