import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Redis } from "@upstash/redis";
import type { Interval, UnixMs } from "../../src/core/mod.ts";
import { startTurnedExchange, type TurnedExchange } from "../helpers/turned-exchange.ts";
import { type BothSides, startBothSides } from "../redis/both-sides.ts";
import { hasRedis } from "../redis/redis-server.ts";

const INTERVALS: readonly Interval[] = ["1m", "5m"];
const START = Date.UTC(2026, 1, 10, 12, 34, 17) as UnixMs;
/** Market minutes that both sides follow. */
const MINUTES = Number(process.env.FACADE_MINUTES ?? 120);
const SYMBOLS = ["BTCUSDT", "ETHUSDT", "币安人生USDT"];

describe.skipIf(!hasRedis)("@upstash/redis", () => {
  let exchange: TurnedExchange;
  let both: BothSides;
  let redis: Redis;
  let ours: Redis;

  beforeAll(async () => {
    exchange = startTurnedExchange({ symbols: SYMBOLS, seed: 3, start: START });
    both = await exchange.passDuring(startBothSides(exchange, INTERVALS));
    redis = new Redis({ url: both.front.url, token: both.front.token });
    ours = new Redis({ url: `${both.vyx.url}/upstash`, token: "none is needed on loopback" });
    for (let minute = 0; minute < MINUTES; minute += 1) {
      await exchange.pass(60_000);
      const last = (from: Redis): Promise<unknown[]> =>
        Promise.all(SYMBOLS.flatMap((name) => INTERVALS.map((one) => from.zrange(`klines:${name}:${one}`, -3, -1))));
      await exchange.passUntil(async () => Bun.deepEquals(await last(ours), await last(redis)));
    }
  });

  afterAll(async () => {
    await both?.stop();
  });

  /** What both answer. */
  async function answers(ask: (from: Redis) => Promise<unknown>): Promise<unknown> {
    const [mine, theirs] = await Promise.all([ask(ours), ask(redis)]);
    expect(mine).toEqual(theirs);
    return mine;
  }

  test("reads the same candles by position, by score, reversed, with limits and scores", async () => {
    const now = exchange.now();
    for (const symbol of SYMBOLS) {
      for (const interval of INTERVALS) {
        const key = `klines:${symbol}:${interval}`;
        const from = now - 90 * 60_000;
        const hundred = (await answers((one) => one.zrange(key, -100, -1))) as unknown[];
        expect(hundred).toHaveLength(100);
        await answers((one) => one.zrange(key, -1, -1));
        await answers((one) => one.zrange(key, -5, -9));
        await answers((one) => one.zrange(key, 0, 9, { rev: true }));
        await answers((one) => one.zrange(key, 0, 0, { rev: true, withScores: true }));
        await answers((one) => one.zrange(key, from, now, { byScore: true }));
        await answers((one) => one.zrange(key, `(${from}`, "+inf", { byScore: true, offset: 2, count: 7 }));
        await answers((one) => one.zrange(key, "+inf", from, { byScore: true, rev: true, offset: 1, count: 3 }));
        await answers((one) => one.zcount(key, from, now));
        await answers((one) => one.zcount(key, `(${from}`, "+inf"));
        await answers((one) => one.exec(["ZREVRANGE", key, "0", "4", "WITHSCORES"]));
        await answers((one) => one.exec(["ZRANGEBYSCORE", key, String(from), "+inf", "LIMIT", "3", "2"]));
      }
    }
  });

  test("reads the moments of the last closes, types, and what isn't there", async () => {
    const keys = SYMBOLS.flatMap((symbol) => INTERVALS.map((interval) => `lastClosed:${symbol}:${interval}`));
    const closes = (await answers((one) => one.mget(...keys, "lastClosed:NONEUSDT:1m"))) as unknown[];
    expect(closes.slice(0, -1).every(Number.isSafeInteger)).toBe(true);
    expect(closes.at(-1)).toBeNull();
    await answers((one) => one.get("lastClosed:BTCUSDT:1m"));
    await answers((one) => one.exists("klines:BTCUSDT:1m", "klines:NONEUSDT:1m", "lastClosed:BTCUSDT:5m"));
    for (const key of ["klines:BTCUSDT:1m", "lastClosed:BTCUSDT:1m", "klines:NONEUSDT:1m", "other"]) {
      await answers((one) => one.type(key));
      await answers((one) => one.ttl(key));
    }
    await answers((one) => one.zrange("klines:NONEUSDT:1m", -5, -1));
    await answers((one) => one.zcard("klines:NONEUSDT:1m"));
    expect(await ours.zcard("klines:BTCUSDT:1m")).toBeGreaterThan(490);
    const member = JSON.stringify((await ours.zrange("klines:BTCUSDT:1m", -2, -2))[0]);
    expect(Number(await answers((one) => one.zscore("klines:BTCUSDT:1m", member)))).toBeGreaterThan(START);
    await answers((one) => one.zscore("klines:BTCUSDT:1m", "no member"));
    await answers((one) => one.ping());
    await answers((one) => one.echo("a text"));
  });

  test("finds all keys of a kind by SCAN", async () => {
    const found = async (from: Redis): Promise<string[]> => {
      const keys = new Set<string>();
      let cursor = "0";
      do {
        const [next, page] = await from.scan(cursor, { match: "klines:*:1m", count: 2 });
        for (const key of page) keys.add(key);
        cursor = next;
      } while (cursor !== "0");
      return [...keys].sort();
    };
    expect(await answers(found)).toEqual(SYMBOLS.map((symbol) => `klines:${symbol}:1m`).sort());
  });

  test("sends pipelines and transactions, in which an error stays with its command", async () => {
    const ask = (from: Redis): Promise<unknown> =>
      from.pipeline().zrange("klines:BTCUSDT:1m", -3, -1).get("lastClosed:BTCUSDT:1m").ping().exec();
    await answers(ask);
    await answers((from) => from.multi().zrange("klines:ETHUSDT:5m", -3, -1).get("lastClosed:ETHUSDT:1m").exec());
    const mixed = await ours.pipeline().ping().get("klines:BTCUSDT:1m").exec({ keepErrors: true });
    expect(mixed.map(({ error }) => error?.slice(0, 9))).toEqual([undefined, "WRONGTYPE"]);
  });

  test("keeps what was processed, for each caller, and takes no other writes", async () => {
    const key = "lastProcessed:BTCUSDT:1m";
    expect(await ours.get(key)).toBeNull();
    expect(await ours.set(key, 1_770_681_659_999)).toBe("OK");
    expect(await ours.get<number>(key)).toBe(1_770_681_659_999);
    expect(await ours.exists(key)).toBe(1);
    expect(await ours.del(key)).toBe(1);
    expect(await ours.get(key)).toBeNull();
    const refused = /nothing can be written here but lastProcessed/;
    await expect(ours.zadd("klines:BTCUSDT:1m", { score: 1, member: "x" })).rejects.toThrow(refused);
    await expect(ours.set("klines:BTCUSDT:1m", "x")).rejects.toThrow(refused);
    await expect(ours.del("klines:BTCUSDT:1m")).rejects.toThrow(refused);
    await expect(ours.set("lastProcessed:BTCUSDT:1m", "x".repeat(300))).rejects.toThrow("256 at most");
    for (const text of ["a\u0001", "\u0085", "\ud800"]) {
      await expect(ours.set("lastProcessed:BTCUSDT:1m", text)).rejects.toThrow("control characters");
    }
  });

  test.each([
    [["ZRANGE", "klines:BTCUSDT:1m", "a", "b"], "value is not an integer"],
    [["ZRANGE", "klines:BTCUSDT:1m", "0"], "wrong number of arguments"],
    [["ZRANGE", "klines:BTCUSDT:1m", "0", "-1", "LIMIT", "0", "1"], "LIMIT is only supported"],
    [["ZRANGE", "klines:BTCUSDT:1m", "x", "y", "BYSCORE"], "min or max is not a float"],
    [["ZRANGE", "lastClosed:BTCUSDT:1m", "0", "-1"], "WRONGTYPE"],
    [["GET", "klines:BTCUSDT:1m"], "WRONGTYPE"],
    [["OBJECT", "HELP"], "unknown command"],
    [[], "unknown command"],
  ])("is told what is wrong with %p", async (command, words) => {
    const answer = await fetch(`${both.vyx.url}/upstash`, { method: "POST", body: JSON.stringify(command) });
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { error: string }).error).toContain(words);
  });

  test("has tickers as the exchange's stream sends them", async () => {
    await exchange.passUntil(async () => (await ours.get("ticker:BTCUSDT")) !== null);
    const ticker = await ours.get<Record<string, unknown>>("ticker:BTCUSDT");
    const served = (await (await fetch(`${both.vyx.url}/ticker/BTCUSDT`)).json()) as { price: number };
    expect(ticker).toMatchObject({ s: "BTCUSDT", c: served.price.toFixed(8) });
  });
});
