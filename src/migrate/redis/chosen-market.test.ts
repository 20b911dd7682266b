import { describe, expect, test } from "bun:test";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import { minuteClose, RuleMarket, SYMBOLS } from "../../../tests/helpers/made-up-traders.ts";
import { InvalidInput, openTimeOf, type Symbol, VyxError } from "../../core/mod.ts";
import type { KlinesRead } from "../../traders/mod.ts";
import { chooseMarket, readSourceChoice } from "./choose-market.ts";
import { ChosenMarket } from "./chosen-market.ts";
import { firstSource, parseShare, parseSource, type Source } from "./source-choice.ts";

class Away extends VyxError {
  readonly code = "network";
  readonly retryable = true;
}

const BTC = SYMBOLS[0] as Symbol;
const USERS = Array.from({ length: 1_000 }, (_, index) => `user-${index}`);

/** The clock's start. */
const NOW = new ManualClock().now();

/** A source that gives one kline, or none, under its own name. */
class Named extends RuleMarket {
  asked = 0;
  isEmpty = false;
  /** Of its kline: the one that is open at the clock's start. */
  openTime: number = NOW;
  readonly name: string;

  constructor(name: string) {
    super();
    this.name = name;
  }

  override async klines(): Promise<KlinesRead> {
    this.asked += 1;
    const answer = await super.klines();
    const klines = this.isEmpty ? [] : [{ openTime: this.openTime } as never];
    return { ...answer, klines, readFrom: { source: this.name, fallback: false } };
  }
}

function chosen(source: Source, sharePercent: number) {
  const [vyx, redis, clock] = [new Named("vyx"), new Named("redis"), new ManualClock()];
  const warnings: string[] = [];
  const choice = { source, sharePercent };
  const market = new ChosenMarket({ choice, vyx, redis, clock, warn: (message) => warnings.push(message) });
  const readFrom = async (whom: string) => (await market.klines(BTC, "1m", 1, whom)).readFrom;
  return { market, vyx, redis, clock, warnings, readFrom };
}

describe("the share of a source", () => {
  test("is that of traders and users, and whoever is in a small one is in every larger one", () => {
    const inShare = (sharePercent: number): string[] =>
      USERS.filter((user) => firstSource({ source: "vyx-then-redis", sharePercent }, user) === "vyx");
    let smaller: string[] = [];
    for (const share of [0, 1, 10, 50, 99, 100]) {
      const these = inShare(share);
      expect(Math.abs(these.length / 10 - share)).toBeLessThan(4);
      expect(smaller.filter((user) => !these.includes(user))).toEqual([]);
      smaller = these;
    }
    expect([inShare(0).length, inShare(100).length]).toEqual([0, 1_000]);
  });

  test("counts for nothing where Redis alone is asked", () => {
    expect(USERS.every((user) => firstSource({ source: "redis", sharePercent: 100 }, user) === "redis")).toBe(true);
  });

  test.each(["", "-1", "101", "1.5", "all", "1e1"])("isn't %j", (text) => {
    expect(() => parseShare(text)).toThrow("expected a whole number from 0 to 100");
  });

  test("sources have names", () => {
    expect(() => parseSource("upstash")).toThrow('"upstash" is not a source: expected vyx, redis, vyx-then-redis');
  });
});

describe("a market that was chosen", () => {
  test("asks the one source that it should, and the answer names it", async () => {
    const { vyx, redis, readFrom } = chosen("vyx", 50);
    for (const user of USERS.slice(0, 100)) {
      const source = firstSource({ source: "vyx", sharePercent: 50 }, user);
      expect(await readFrom(user)).toEqual({ source, fallback: false });
    }
    expect(vyx.asked + redis.asked).toBe(100);
    expect(Math.min(vyx.asked, redis.asked)).toBeGreaterThan(20);
  });

  test("offers what either source has, once that is known of both", async () => {
    const { market, vyx, redis } = chosen("vyx-then-redis", 100);
    vyx.offered = { intervals: ["1m", "1h"], symbols: new Set(SYMBOLS.slice(0, 2)) };
    expect(await market.offer()).toBeUndefined();
    redis.offered = { intervals: ["5m", "1m"], symbols: new Set(SYMBOLS.slice(1, 3)) };
    expect(await market.offer()).toEqual({ intervals: ["1m", "5m", "1h"], symbols: new Set(SYMBOLS.slice(0, 3)) });
  });

  test("falls back either way, says so and why, and counts it", async () => {
    const { market, vyx, redis, clock, warnings, readFrom } = chosen("vyx-then-redis", 50);
    const [ofVyx, ofRedis] = (["vyx", "redis"] as const).map((name) =>
      USERS.find((user) => firstSource({ source: "vyx", sharePercent: 50 }, user) === name),
    ) as [string, string];
    expect(await readFrom(ofVyx)).toEqual({ source: "vyx", fallback: false });
    vyx.fault = () => new Away("it is away");
    const fellBack = { source: "redis", fallback: true, reason: "vyx failed: it is away" };
    expect(await readFrom(ofVyx)).toEqual(fellBack);
    expect(await readFrom(ofVyx)).toEqual(fellBack);
    expect(
      (await market.at({ interval: "1m", closeTime: minuteClose(1), timeframes: [], symbols: null, whom: ofVyx }))
        .readFrom.reason,
    ).toBe("vyx failed: it is away");
    expect(await market.closes()).toHaveProperty("1m");
    expect([market.fallbacks, warnings.length]).toEqual([4, 1]);
    await clock.turn(10_000);
    await readFrom(ofVyx);
    expect(warnings).toEqual([
      "market data: fell back 1 times since the start, now because vyx failed: it is away",
      "market data: fell back 5 times since the start, now because vyx failed: it is away",
    ]);
    vyx.fault = undefined;
    redis.fault = () =>
      new Away("Redis can't be reached at https://redis.internal: connect ECONNREFUSED 10.0.0.9:6379");
    expect(await readFrom(ofRedis)).toEqual({
      source: "vyx",
      fallback: true,
      reason: "redis failed: Redis can't be reached at … connect ECONNREFUSED …",
    });
  });

  test("goes on to the other source when one has only just begun", async () => {
    const { vyx, redis, readFrom } = chosen("vyx-then-redis", 100);
    vyx.isEmpty = true;
    expect(await readFrom("anna")).toEqual({ source: "redis", fallback: true, reason: "vyx has nothing yet" });
    redis.isEmpty = true;
    expect(await readFrom("anna")).toEqual({ source: "vyx", fallback: false });
  });

  test.each(["1m", "15m", "1d"] as const)("stands in for a source that is behind, for %s", async (interval) => {
    const { vyx, redis, clock, market } = chosen("vyx-then-redis", 100);
    const from = async (): Promise<unknown> => (await market.klines(BTC, interval, 1, "anna")).readFrom;
    // Each has the candle that is open; of the one the feed falls silent.
    vyx.openTime = redis.openTime = openTimeOf(interval, NOW);
    await clock.turn(40_000);
    expect(await from()).toEqual({ source: "vyx", fallback: false });
    redis.last = minuteClose(4);
    redis.openTime = openTimeOf(interval, minuteClose(5));
    await clock.turn(300_000);
    const end = interval === "1m" ? minuteClose(0) : minuteClose(1);
    expect(await from()).toEqual({
      source: "redis",
      fallback: true,
      reason: `vyx ends at ${new Date(end).toISOString()}`,
    });
    vyx.last = minuteClose(4);
    await clock.turn(10_000);
    expect(await from()).toEqual({ source: "vyx", fallback: false });
  });

  test("asks one source alone for a symbol that is quiet", async () => {
    const { vyx, redis, clock, readFrom } = chosen("vyx-then-redis", 100);
    vyx.openTime = NOW - 600_000;
    await clock.turn(45_000);
    expect(await readFrom("anna")).toEqual({ source: "vyx", fallback: false });
    expect(redis.asked).toBe(0);
  });

  test("tells of each interval the newer close, when one source is behind", async () => {
    const { vyx, redis, clock, market } = chosen("vyx-then-redis", 100);
    redis.last = minuteClose(3);
    await clock.turn(89_000);
    expect((await market.closes("anna"))["1m"]?.closeTime).toBe(minuteClose(0));
    await clock.turn(61_000);
    expect((await market.closes("anna"))["1m"]?.closeTime).toBe(minuteClose(3));
    expect(market.fallbacks).toBe(1);
    const ofRedis = redis.closes.bind(redis);
    redis.closes = async () => ({ "5m": (await ofRedis())["1m"] as never });
    const closes = await market.closes("anna");
    expect([closes["1m"]?.closeTime, closes["5m"]?.closeTime]).toEqual([vyx.last, redis.last]);
  });

  test("doesn't take a source for better that has no more of a halted symbol", async () => {
    const { vyx, redis, clock, market } = chosen("vyx-then-redis", 100);
    vyx.symbols = [];
    redis.without.set(minuteClose(0), new Set([BTC]));
    await clock.turn(120_000);
    const close = { interval: "1m", closeTime: minuteClose(0), timeframes: [], symbols: [], whom: "anna" } as const;
    expect((await market.at(close)).readFrom).toEqual({ source: "vyx", fallback: false });
    expect(market.fallbacks).toBe(0);
  });

  test("runs wait for candles of a close that is a moment old, and go elsewhere for an older one", async () => {
    const { vyx, clock, market } = chosen("vyx-then-redis", 100);
    const closeTime = minuteClose(0);
    vyx.without.set(closeTime, new Set(SYMBOLS));
    const readFrom = async (): Promise<unknown> =>
      (await market.at({ interval: "1m", closeTime, timeframes: ["1m"], symbols: null, whom: "anna" })).readFrom;
    await clock.turn(60_000);
    expect(await readFrom()).toEqual({ source: "vyx", fallback: false });
    await clock.turn(30_000);
    expect(await readFrom()).toMatchObject({ fallback: true, reason: "vyx doesn't have this candle yet" });
    vyx.without.get(closeTime)?.delete(BTC);
    expect(await readFrom()).toEqual({ source: "vyx", fallback: false });
  });

  test("leaves a market on its server, and finds Redis' when the server fails or has no candle after all", async () => {
    const { vyx, redis, clock, warnings, market } = chosen("vyx-then-redis", 100);
    let hasClose = true;
    const there = vyx.at.bind(vyx);
    vyx.at = async (close) => {
      const onServer = { hasClose, screen: () => Promise.reject(new Away("not asked")), read: () => there(close) };
      return { ...(await there(close)), price: () => undefined, onServer };
    };
    const close = { interval: "1m", closeTime: minuteClose(0), timeframes: [], symbols: null, whom: "anna" } as const;
    await clock.turn(60_000);
    const { readFrom, onServer } = await market.at(close);
    expect([readFrom, market.fallbacks]).toEqual([{ source: "vyx", fallback: false }, 0]);
    const fellBack = { fallback: true };
    expect((await onServer?.elsewhere?.(new Away("it is away")))?.readFrom).toMatchObject({
      ...fellBack,
      reason: "vyx failed: it is away",
    });
    // The candle may be under way, until the close is half a minute old.
    expect(await onServer?.elsewhere?.(undefined)).toBeUndefined();
    await clock.turn(30_000);
    expect((await onServer?.elsewhere?.(undefined))?.readFrom).toMatchObject({
      ...fellBack,
      reason: "vyx doesn't have this candle yet",
    });
    redis.without.set(minuteClose(0), new Set(SYMBOLS));
    expect(await onServer?.elsewhere?.(undefined)).toBeUndefined();
    redis.fault = () => new Away("it is away, too");
    expect(await onServer?.elsewhere?.(new Away("it is away"))).toBeUndefined();
    expect([market.fallbacks, warnings.length]).toEqual([2, 2]);
    redis.fault = undefined;
    redis.without.clear();
    hasClose = false;
    expect((await market.at(close)).readFrom).toMatchObject(fellBack);
    expect((await chosen("vyx", 100).market.at(close)).onServer).toBeUndefined();
  });

  test("tells the first source's failure when both fail, and mistakes of ours as they are", async () => {
    const { vyx, redis, market, readFrom } = chosen("vyx-then-redis", 100);
    vyx.fault = () => new Away("vyx is away");
    redis.fault = () => new Away("redis is away");
    await expect(readFrom("anna")).rejects.toThrow("vyx is away");
    vyx.fault = () => new TypeError("a mistake");
    redis.fault = undefined;
    await expect(readFrom("anna")).rejects.toThrow("a mistake");
    expect(market.fallbacks).toBe(0);
  });

  test("doesn't fall back where it isn't told to", async () => {
    const { vyx, readFrom } = chosen("vyx", 100);
    vyx.fault = () => new Away("it is away");
    await expect(readFrom("anna")).rejects.toThrow("it is away");
  });
});

describe("the variables", () => {
  const choose = (variables: Record<string, string>) => {
    const variable = (name: string): string | undefined => variables[name];
    const vyx = new Named("vyx");
    const choice = readSourceChoice(variable);
    return {
      vyx,
      market: chooseMarket({ choice, variable, vyx: () => vyx, clock: new ManualClock(), warn: () => {} }),
    };
  };

  test("leave our own source alone where they aren't set", () => {
    const { vyx, market } = choose({});
    expect(market).toBe(vyx);
  });

  test.each([
    [{ VYX_SOURCE: "both" }, 'VYX_SOURCE: "both" is not a source'],
    [{ VYX_SOURCE_SHARE: "half" }, 'VYX_SOURCE_SHARE: "half" is not a share'],
    [{ VYX_SOURCE: "redis" }, "the variable UPSTASH_REDIS_REST_URL isn't set"],
    [{ VYX_SOURCE_SHARE: "10" }, "the variable UPSTASH_REDIS_REST_URL isn't set"],
    [{ VYX_SOURCE: "redis", UPSTASH_REDIS_REST_URL: "https://x" }, "the variable UPSTASH_REDIS_REST_TOKEN isn't set"],
    [
      { VYX_SOURCE: "redis", UPSTASH_REDIS_REST_URL: "redis://x", UPSTASH_REDIS_REST_TOKEN: "x" },
      "UPSTASH_REDIS_REST_URL: the URL of Upstash is not valid",
    ],
  ])("are refused in words: %j", (variables, words) => {
    expect(() => choose(variables)).toThrow(InvalidInput);
    expect(() => choose(variables)).toThrow(words);
  });
});
