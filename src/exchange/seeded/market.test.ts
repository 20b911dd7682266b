import { describe, expect, test } from "bun:test";
import {
  closeTimeOf,
  type Interval,
  type Kline,
  klineFault,
  nextOpenTime,
  openTimeOf,
  type UnixMs,
} from "../../core/mod.ts";
import { summed } from "../sum.ts";
import { SeededMarket } from "./market.ts";

const NOW = Date.UTC(2026, 1, 10, 12) as UnixMs;
const DAY = 86_400_000;
const all = Number.POSITIVE_INFINITY;

function minutes(seed: number, symbol = "BTCUSDT"): Kline[] {
  return new SeededMarket(seed, NOW, ["BTCUSDT", "ETHUSDT", "PEPEUSDT"]).klines(symbol, "1m", NOW - DAY, NOW, all);
}

describe("the made-up market", () => {
  test("is the same for the same seed, whatever was asked before, and another for another", () => {
    const market = new SeededMarket(7, NOW, 50);
    market.klines("ETHUSDT", "1m", NOW - 3 * DAY, NOW, all);
    expect(market.klines("BTCUSDT", "1m", NOW - DAY, NOW, all)).toEqual(minutes(7));
    expect(minutes(8)).not.toEqual(minutes(7));
  });

  test("has a sound candle for every minute, each opening where the last closed", () => {
    for (const symbol of ["BTCUSDT", "ETHUSDT", "PEPEUSDT"]) {
      const klines = minutes(1, symbol);
      expect(klines).toHaveLength(1_441);
      for (const [index, kline] of klines.entries()) {
        expect(klineFault(kline)).toBeUndefined();
        expect(kline.takerBuyVolume).toBeLessThanOrEqual(kline.volume);
        expect(kline.volume).toBeGreaterThan(0);
        expect(kline.trades).toBeGreaterThan(0);
        expect(kline.closeTime).toBe(closeTimeOf("1m", kline.openTime));
        if (index > 0) expect(kline.open).toBe(klines[index - 1]?.close as number);
      }
    }
  });

  test.each(["5m", "15m", "1h", "4h", "1d", "1w", "1M"] as const)(
    "%s is exactly what its minutes add up to",
    (interval: Interval) => {
      const market = new SeededMarket(1, NOW, ["PEPEUSDT", "ETHBTC"]);
      const openTime = openTimeOf(interval, (NOW - 40 * DAY) as UnixMs);
      for (const symbol of ["PEPEUSDT", "ETHBTC"]) {
        const end = nextOpenTime(interval, openTime) - 1;
        const [kline] = market.klines(symbol, interval, openTime, openTime, 1);
        const parts = market.klines(symbol, "1m", openTime, end, all);
        expect(kline).toEqual(summed(parts, openTime, end) as Kline);
      }
    },
  );

  test("doesn't stick to the high or the low of an hour", () => {
    for (const symbol of ["BTCUSDT", "ETHUSDT"]) {
      const klines = minutes(1, symbol);
      const touching = Array.from({ length: 24 }, (_, hour) => {
        const minutes = klines.slice(hour * 60, (hour + 1) * 60);
        const low = Math.min(...minutes.map((one) => one.low)) * 1.00002;
        const high = Math.max(...minutes.map((one) => one.high)) * 0.99998;
        return minutes.filter((one) => one.low <= low || one.high >= high).length;
      });
      expect(Math.max(...touching)).toBeLessThan(8);
      const same = klines.filter(({ low, high }, index) => {
        const before = klines[index - 1];
        return low === before?.low && high === before.high;
      });
      expect(same).toEqual([]);
    }
  });

  test("moves together: pairs rise and fall with the market", () => {
    const market = new SeededMarket(1, NOW, 20);
    const moves = (symbol: string): number[] =>
      market.klines(symbol, "1h", NOW - 30 * DAY, NOW, all).map(({ open, close }) => Math.log(close / open));
    const btc = moves("BTCUSDT");
    for (const symbol of ["ETHUSDT", "SOLUSDT", "DOGEUSDT"])
      expect(correlation(btc, moves(symbol))).toBeGreaterThan(0.4);
  });

  test("has pairs that fall on most days on which others rise", () => {
    for (const seed of [1, 2, 7]) {
      const market = new SeededMarket(seed, NOW, 50);
      const changes = market.pairs.map(({ symbol }) =>
        market.klines(symbol, "1d", NOW - 120 * DAY, NOW, all).map(({ open, close }) => close - open),
      );
      const rising = (changes[0] ?? []).map((_, day) => changes.filter((one) => (one[day] ?? 0) > 0).length);
      expect(rising.length).toBeGreaterThan(119);
      // At least 3 of 50 go the other way on nine days of ten, as in real markets, where few days have a single sign.
      const mixed = rising.filter((up) => up >= 3 && up <= 47).length;
      expect(mixed / rising.length).toBeGreaterThan(0.9);
    }
  });

  test("trades more in large pairs than in small ones", () => {
    const market = new SeededMarket(1, NOW, 50);
    const traded = market.pairs.map(({ symbol }) =>
      market.klines(symbol, "1d", NOW - 20 * DAY, NOW, all).reduce((sum, { quoteVolume }) => sum + quoteVolume, 0),
    );
    expect((traded[0] ?? 0) / (traded[49] ?? 1)).toBeGreaterThan(10);
  });

  test("gives the first or the last of a range, and nothing from before it began", () => {
    const market = new SeededMarket(1, NOW, 1);
    const openTimes = (newest: boolean): number[] =>
      market.klines("BTCUSDT", "5m", NOW - DAY + 1, NOW, 3, newest).map(({ openTime }) => (openTime - NOW) / 300_000);
    expect(openTimes(false)).toEqual([-287, -286, -285]);
    expect(openTimes(true)).toEqual([-2, -1, 0]);
    expect(market.klines("BTCUSDT", "1M", 0, NOW, 2)[0]?.openTime as number).toBe(Date.UTC(2020, 0, 1));
    expect(market.klines("NOPEUSDT", "1m", 0, NOW, 2)).toEqual([]);
  });

  test("names what it doesn't have", () => {
    expect(() => new SeededMarket(1, NOW, ["NOPEUSDT"])).toThrow("the made-up market has no NOPEUSDT");
    expect(() => new SeededMarket(1, NOW, 1_000_000)).toThrow(/too many for a made-up market: it has \d+ pairs/);
    expect(new SeededMarket(1, NOW, 500).pairs).toHaveLength(500);
  });
});

function correlation(a: readonly number[], b: readonly number[]): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  const product = mean(a.map((value, index) => (value - meanA) * ((b[index] ?? 0) - meanB)));
  const spread = (values: readonly number[], center: number): number =>
    Math.sqrt(mean(values.map((value) => (value - center) ** 2)));
  return product / (spread(a, meanA) * spread(b, meanB));
}
