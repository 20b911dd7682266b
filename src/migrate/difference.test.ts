import { expect, test } from "bun:test";
import { minuteKlines } from "../../tests/helpers/truth.ts";
import { type Kline, parseSymbol } from "../core/mod.ts";
import { compareSeries } from "./difference.ts";
import type { RedisSeries } from "./redis/mod.ts";

const [kline] = minuteKlines(Date.UTC(2026, 1, 10), 1, 1, () => false) as [Kline];
const UNKNOWN = { takerBuyVolume: Number.NaN, takerBuyQuoteVolume: Number.NaN };

function differences(theirs: Kline, ours: Kline): string[] {
  const redis: RedisSeries = {
    ...{ symbol: parseSymbol("BTCUSDT"), interval: "1m", bad: [], doubled: [], cut: false, isWrongType: false },
    candles: [{ kline: theirs, hasTaker: true }],
  };
  return compareSeries(redis, { klines: [ours], settled: true }, 10).differences.map(
    ({ kind, detail }) => `${kind}: ${detail}`,
  );
}

test("what Redis doesn't have differs from nothing; what the server doesn't have is a difference", () => {
  expect(differences({ ...kline, ...UNKNOWN }, kline)).toEqual([]);
  expect(differences({ ...kline, ...UNKNOWN }, { ...kline, ...UNKNOWN })).toEqual([]);
  expect(differences({ ...kline, takerBuyVolume: 2 }, { ...kline, takerBuyVolume: Number.NaN })).toEqual([
    "altered: takerBuyVolume 2 in Redis, unknown on the server",
  ]);
  expect(differences({ ...kline, ...UNKNOWN, trades: 5 }, { ...kline, trades: 6 })).toEqual([
    "altered: trades 5 in Redis, 6 on the server",
  ]);
});

test("a state that is still open is told by its volume", () => {
  expect(differences({ ...kline, volume: 2, closed: false }, { ...kline, volume: 3 })).toEqual([
    "stale: open in Redis, with a volume of 2 of 3",
  ]);
});
