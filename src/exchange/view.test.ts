import { describe, expect, test } from "bun:test";
import { closeTimeOf, emptyKline, type Interval, type Kline, openTimeOf, type UnixMs } from "../core/mod.ts";
import type { Market } from "./market.ts";
import { PairView } from "./view.ts";

const MINUTE = 60_000;
const START = Date.UTC(2026, 1, 10) as UnixMs;
const pair = { symbol: "BTCUSDT", base: "BTC", quote: "USDT", priceDecimals: 2, quantityDecimals: 5 };

/** A recording that holds quarters of an hour and nothing shorter. */
const quarters: Market = {
  source: "recorded",
  pairs: [pair],
  start: START,
  end: undefined,
  baseOf: () => "15m",
  firstOf: () => 0 as UnixMs,
  klines: (_symbol, interval, from, to) => (interval === "15m" ? quartersBetween(from, to) : []),
};

function quartersBetween(from: number, to: number): Kline[] {
  const klines: Kline[] = [];
  for (
    let openTime = openTimeOf("15m", from as UnixMs);
    openTime <= to;
    openTime = (openTime + 15 * MINUTE) as UnixMs
  ) {
    const prices = { open: 100, high: 110, low: 90, close: 105, volume: 60, trades: 60 };
    const closeTime = closeTimeOf("15m", openTime);
    if (openTime >= from) klines.push({ ...emptyKline(), openTime, closeTime, ...prices, closed: true });
  }
  return klines;
}

test("what a recording doesn't have is unknown of seconds, open candles and the last 24 hours", () => {
  const UNKNOWN = { quoteVolume: Number.NaN, trades: Number.NaN };
  const minutes: Market = {
    ...quarters,
    baseOf: () => "1m",
    klines: (_symbol, interval, from, to) =>
      interval === "1m"
        ? Array.from({ length: Math.floor((to - from) / MINUTE) + 1 }, (_, at) => ({
            ...{ ...emptyKline(), open: 100, high: 110, low: 90, close: 105, volume: 60, closed: true, ...UNKNOWN },
            openTime: (from + at * MINUTE) as UnixMs,
            closeTime: (from + at * MINUTE + MINUTE - 1) as UnixMs,
          }))
        : [],
  };
  const view = new PairView(minutes, pair, 0);
  const now = (START + 30_000) as UnixMs;
  for (const kline of [view.second(now), view.current(now), view.open("1h", now), view.day(now)]) {
    expect(kline).toMatchObject({ ...UNKNOWN, takerBuyVolume: 0 });
    expect(kline?.volume).toBeGreaterThan(0);
  }
  expect(view.rows("1s", START, START + 3_000, 4, false, now)).toMatchObject([UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN]);
});

describe("an open candle", () => {
  const now = (START + 20 * MINUTE) as UnixMs;
  const view = new PairView(quarters, pair, 0);
  const tradesOf = (interval: Interval): number | undefined => view.open(interval, now)?.trades;

  test("of the recorded interval and of longer ones is told", () => {
    expect([tradesOf("15m"), tradesOf("1h")]).toEqual([20, 80]);
  });

  test("of a shorter interval isn't: the recording says nothing of single minutes", () => {
    expect([tradesOf("5m"), tradesOf("1m")]).toEqual([undefined, undefined]);
    expect(view.rows("1m", START, now, 500, true, now)).toEqual([]);
  });

  test("that opened before the recording isn't told, as it isn't told when it has closed", () => {
    const late = new PairView({ ...quarters, firstOf: () => (START + 15 * MINUTE) as UnixMs }, pair, 0);
    expect([late.open("15m", now)?.trades, late.open("30m", now), late.open("1h", now)]).toEqual([
      20,
      undefined,
      undefined,
    ]);
    expect(late.open("30m", (START + 50 * MINUTE) as UnixMs)?.openTime).toBe((START + 30 * MINUTE) as UnixMs);
  });
});
