import { expect, test } from "bun:test";
import { channelName, parseChannel } from "../wire/mod.ts";
import { readSince as read } from "./since.ts";

const MARKET_TIME = Date.UTC(2026, 1, 10);
const DAY_MS = 86_400_000;
const CHANNELS = new Map(
  ["kline:BTCUSDT:1m", "closed:*:1h", "tickers", "ticker:BTCUSDT", "close:1m", "signals"].map((name) => {
    const channel = parseChannel(name);
    return [channelName(channel), channel] as const;
  }),
);

const readSince = (
  since: Parameters<typeof read>[0],
  channels: Parameters<typeof read>[1],
  marketTime: number,
): Map<string, number> => read(since, channels, { marketTimeOf: () => marketTime, eachMarket: (channel) => [channel] });

test("since is read by the one name of each channel", () => {
  const since = { "kline:btcusdt:1m": MARKET_TIME - 60_000, "closed:*:1h": 0 };
  expect([...readSince(since, CHANNELS, MARKET_TIME)]).toEqual([
    ["kline:BTCUSDT:1m", MARKET_TIME - 60_000],
    ["closed:*:1h", 0],
  ]);
});

test("a market that was restarted may lie behind a client, by a day; before its time is known, anything goes", () => {
  const ahead = (ms: number): Record<string, number> => ({ "kline:BTCUSDT:1m": MARKET_TIME + ms });
  expect(readSince(ahead(DAY_MS), CHANNELS, MARKET_TIME).size).toBe(1);
  expect(readSince(ahead(90 * DAY_MS), CHANNELS, 0).size).toBe(1);
  expect(() => readSince(ahead(DAY_MS + 1), CHANNELS, MARKET_TIME)).toThrow(
    `kline:BTCUSDT:1m: since ${MARKET_TIME + DAY_MS + 1} lies in the future of the market, where it is ${MARKET_TIME}`,
  );
});

test.each([
  ["klin:BTCUSDT:1m", 0, '"klin:BTCUSDT:1m" is not a channel: did you mean kline? expected kline:'],
  ["kline:BTCUSDT:1h", 0, "since names kline:BTCUSDT:1h, which is not among the channels of this request"],
  ["tickers", 0, "tickers: since is for kline and closed channels, and this one has no klines"],
  ["ticker:BTCUSDT", 0, "ticker:BTCUSDT: since is for kline and closed channels, and this one has no klines"],
  ["close:1m", 0, "close:1m: since is for kline and closed channels, and this one has no klines"],
  ["signals", 0, "signals: since is for kline and closed channels, and this one has no klines"],
  ["closed:*:1h", 1_760_000_000, "closed:*:1h: since 1760000000 is in seconds: expected milliseconds, 1760000000000"],
  ["closed:*:1h", MARKET_TIME * 1_000, "lies in the future of the market"],
])("since %s %p is refused, with what was wrong", (name, openTime, detail) => {
  expect(() => readSince({ [name]: openTime }, CHANNELS, MARKET_TIME)).toThrow(detail);
});
