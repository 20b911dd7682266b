import { expect, test } from "bun:test";
import { didYouMean } from "../core/mod.ts";
import { CHANNEL_FORMS, CHANNELS, channelName, parseChannel } from "./channel.ts";

test("each kind of channel is read by its form, and has one name", () => {
  const names = CHANNEL_FORMS.map((form) =>
    form
      .replace("{symbol|*}", "btcusdt")
      .replace("{symbol}", "btcusdt")
      .replace("{interval}", "1M")
      .replace("[:{market}]", ""),
  );
  expect(names.map((name) => channelName(parseChannel(name)))).toEqual([
    ...["kline:BTCUSDT:1M", "closed:BTCUSDT:1M", "ticker:BTCUSDT", "tickers", "close:1M", "signals"],
  ]);
  const kinds: string[] = names.map((name) => parseChannel(name).kind);
  expect(kinds).toEqual(Object.keys(CHANNELS));
  expect(channelName(parseChannel("closed:*:1h"))).toBe("closed:*:1h");
  expect(
    [
      "kline:bybit:btcusdt.p:1m",
      "closed:BYBIT:*.P:1h",
      "closed:*:*:1h",
      "ticker:bybit:btcusdt",
      "kline:binance:btcusdt:1m",
    ]
      .concat(["tickers:bybit", "close:bybit-linear:1m", "close:binance:1m"])
      .map((name) => channelName(parseChannel(name))),
  ).toEqual([
    ...["kline:BYBIT:BTCUSDT.P:1m", "closed:BYBIT:*.P:1h", "closed:*:*:1h", "ticker:BYBIT:BTCUSDT", "kline:BTCUSDT:1m"],
    ...["tickers:bybit", "close:bybit-linear:1m", "close:binance:1m"],
  ]);
});

test.each([
  [
    "klines",
    "expected kline:{symbol|*}:{interval}, closed:{symbol|*}:{interval}, ticker:{symbol}, tickers[:{market}], close[:{market}]:{interval}, signals",
  ],
  ["toString", '"toString" is not a channel'],
  ["klines:BTCUSDT:1m", '"klines:BTCUSDT:1m" is not a channel: did you mean kline? expected kline:'],
  ["kline:BTCUSDT", "is not a channel: expected kline:"],
  ["tickers:1m", '"1m" is not a market, one of binance, binance-usdm, bybit, bybit-linear'],
  ["close", "is not a channel: expected kline:"],
  ["close:a:b:1m", "is not a channel: expected kline:"],
  ["close:kraken:1m", '"kraken" is not a market, one of binance, binance-usdm, bybit, bybit-linear'],
  ["kline:KRAKEN:BTCUSDT:1m", '"KRAKEN:BTCUSDT" is not a symbol such as BTCUSDT'],
  ["ticker:*", '"*" is not a symbol such as BTCUSDT'],
  ["close:7m", '"7m" is not an interval such as 1m'],
])("%s is none", (name, words) => {
  expect(() => parseChannel(name, didYouMean)).toThrow(words);
});
