import { expect, test } from "bun:test";
import { didYouMean, nearest } from "./nearest.ts";

test.each<[string, string[], number, string | undefined]>([
  ["disconect", ["stall", "disconnect"], 3, "disconnect"],
  ["BTCUSD", ["ETHUSDT", "BTCUSDT"], 2, "BTCUSDT"],
  ["btc", ["ETHUSDT", "BTCUSDT", "BTCFDUSD"], 2, "BTCUSDT"],
  ["cooldown", ["code", "cooldownCandles"], 3, "cooldownCandles"],
  ["klines", ["kline", "ticker"], 2, "kline"],
  ["kline", ["klines", "kline"], 2, "kline"],
  ["prot", ["host", "port"], 3, "port"],
  ["cool", ["code", "cooldown"], 3, "cooldown"],
  ["priceChangePct", ["price", "priceChange", "priceChangePercent"], 3, "priceChangePercent"],
  ["interval", ["name", "triggerInterval"], 3, "triggerInterval"],
  ["USDT", ["BTCUSDT"], 1, undefined],
  ["prices", ["price", "priceChanges"], 3, "price"],
  ["xy", ["ab"], 3, undefined],
  ["", ["abc"], 3, undefined],
  ["nothing", ["klines"], 3, undefined],
  ["x".repeat(10_000), ["klines"], 3, undefined],
])("for %s of %j within %i edits: %s", (text, names, edits, near) => {
  expect(nearest(text, names, edits)).toBe(near);
});

test("a suggestion ends a sentence", () => {
  expect(didYouMean("limt", ["limit"])).toBe(" did you mean limit?");
  expect(didYouMean("limt", ["symbols"])).toBe("");
});
