import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import { BTC, LIFE, type ServedMarket, START, serveMarket } from "../../../tests/helpers/served-market.ts";
import { Collector, streamKline } from "../../../tests/redis/collector.ts";
import { hasRedis, type RunningRedis, startRedis } from "../../../tests/redis/redis-server.ts";
import { startUpstashFront, type UpstashFront } from "../../../tests/redis/upstash-front.ts";
import { createClient } from "../../client/mod.ts";
import { closeTimeOf, type Kline, parseSymbol } from "../../core/mod.ts";
import { ClientMarket, type MarketAtClose } from "../../traders/mod.ts";
import { RedisMarket } from "./redis-market.ts";
import { UpstashRest } from "./upstash.ts";

const CLOSE = closeTimeOf("1m", START + 304 * 60_000);

describe.skipIf(!hasRedis)("the market in Redis", () => {
  let server: RunningRedis;
  let front: UpstashFront;
  let served: ServedMarket;
  let collector: Collector;
  let redis: UpstashRest;
  let market: RedisMarket;
  beforeAll(async () => {
    server = await startRedis();
    front = startUpstashFront(server.socketUrl);
    served = serveMarket();
    for (const symbol of [BTC, LIFE])
      for (const minute of served.minutes.slice(300, 305)) served.stream(minute, symbol);
  });
  beforeEach(async () => {
    await server.client.send("FLUSHALL", []);
    collector = new Collector(server.client);
    for (const symbol of [BTC, LIFE]) await collector.storeKlines(symbol, "1m", served.minutes.slice(0, 305));
    redis = new UpstashRest(front);
    market = new RedisMarket(redis, new ManualClock());
  });
  afterAll(async () => {
    await front?.stop();
    await server?.stop();
    await served?.server.stop();
  });

  const at = (symbols: (typeof BTC)[] | null = null, closeTime = CLOSE): Promise<MarketAtClose> =>
    market.at({ interval: "1m", closeTime, timeframes: ["1m"], symbols });
  const windowOf = (read: MarketAtClose, symbol = BTC, closeTime = CLOSE) => {
    const window = read.view.closed(symbol, "1m", closeTime, 250);
    return { klines: [...(window?.openTime ?? [])], closes: [...(window?.close ?? [])], settled: window?.settled };
  };

  test("reads as a server's does: klines, closes, and the market at each of the last closes", async () => {
    const ours = new ClientMarket(createClient({ url: served.server.url, maxTries: 1 }));
    const closed = (klines: readonly Kline[]): readonly Kline[] => klines.filter((kline) => kline.closed);
    for (const limit of [1, 7, 300]) {
      const [theirs, mine] = [await market.klines(BTC, "1m", limit), await ours.klines(BTC, "1m", limit)];
      expect(theirs.klines).toHaveLength(limit);
      expect(closed(theirs.klines)).toEqual(closed(mine.klines));
    }
    const [{ "1m": theirs }, { "1m": mine }] = [await market.closes(), await ours.closes()];
    expect(theirs).toEqual(mine as never);
    for (const minute of [304, 303, 280]) {
      const closeTime = closeTimeOf("1m", START + minute * 60_000);
      const close = { interval: "1m" as const, closeTime, timeframes: ["1m" as const], symbols: null };
      const [there, here] = [await market.at(close), (await (await ours.at(close)).onServer?.read()) as MarketAtClose];
      expect([...there.symbols].sort()).toEqual([...here.symbols].sort());
      expect(there.price(LIFE)).toBe(here.price(LIFE) as number);
      expect(windowOf(there, LIFE, closeTime)).toEqual(windowOf(here, LIFE, closeTime));
    }
    expect(await at()).toMatchObject({ source: "redis", readFrom: { source: "redis", fallback: false } });
  });

  test("offers the intervals and symbols that it has klines of", async () => {
    await collector.storeKlines(BTC, "5m", []);
    expect(await market.offer()).toEqual({ intervals: ["1m"], symbols: new Set([BTC, LIFE]) });
    await server.client.send("FLUSHALL", []);
    expect(await new RedisMarket(redis, new ManualClock()).offer()).toBeUndefined();
  });

  test("an open candle is told by get-klines, and no part of a close", async () => {
    const next = { ...(served.minutes[305] as Kline), closed: false };
    await collector.store([streamKline(BTC, "1m", next)]);
    expect((await market.klines(BTC, "1m", 2)).klines.map(({ closed }) => closed)).toEqual([true, false]);
    expect(windowOf(await at([BTC])).klines.at(-1)).toBe(served.minutes[304]?.openTime as number);
    expect((await at([BTC], closeTimeOf("1m", next.openTime))).price(BTC)).toBeUndefined();
  });

  test("a hole is a doubt, and what lies beside a candle or is none of it does no harm", async () => {
    const [hole, doubled] = [served.minutes[200] as Kline, served.minutes[304] as Kline];
    await server.client.send("ZREMRANGEBYSCORE", [`klines:${LIFE}:1m`, String(hole.openTime), String(hole.openTime)]);
    const stale = collector.member({ ...streamKline(BTC, "1m", doubled), x: false, n: 0, c: "1.0", l: "0.5" });
    for (const member of [stale, "garbage", '{"t":1}']) {
      await server.client.send("ZADD", [`klines:${BTC}:1m`, String(doubled.openTime), member]);
    }
    const read = await at();
    expect(read.price(BTC)).toBe(doubled.close);
    expect([windowOf(read, BTC).settled, windowOf(read, LIFE).settled]).toEqual([true, false]);
    expect((await market.klines(BTC, "1m", 500)).klines).toEqual(served.minutes.slice(0, 305));
  });

  test("one key that is ahead of all others doesn't move the close", async () => {
    const names = ["AUSDT", "BUSDT"].map(parseSymbol);
    for (const symbol of names) await collector.storeKlines(symbol, "1m", served.minutes.slice(0, 305));
    await server.client.send("SET", [`lastClosed:${BTC}:1m`, "9999999960000"]);
    await server.client.send("SET", [`lastClosed:${LIFE}:1m`, "soon"]);
    expect((await market.closes())["1m"]).toMatchObject({ closeTime: CLOSE, total: 3 });
  });

  test("traders of one close share one reading; keys are looked through once in a while", async () => {
    const before = redis.spent;
    expect(await at()).toBe(await at());
    await at([BTC], closeTimeOf("1m", START));
    const scans = front.commands.get("SCAN");
    expect(redis.spent - before).toBe(1 + 2 + 1);
    expect(scans).toBeGreaterThan(0);
  });

  test("a symbol that isn't there is unknown, and trouble is told as such", async () => {
    await expect(market.klines(parseSymbol("NOPEUSDT"), "1m", 3)).rejects.toMatchObject({ code: "unknown_symbol" });
    expect((await at([parseSymbol("NOPEUSDT"), BTC])).symbols).toEqual([BTC]);
    const refused = new RedisMarket(new UpstashRest({ url: front.url, token: "wrong" }), new ManualClock());
    await expect(refused.closes()).rejects.toMatchObject({ code: "redis_unauthorized", retryable: true });
    const away = new RedisMarket(new UpstashRest({ url: "http://127.0.0.1:9", token: "x" }), new ManualClock());
    await expect(away.klines(BTC, "1m", 1)).rejects.toMatchObject({ code: "redis_unreachable", retryable: true });
    await server.client.send("SET", [`klines:${BTC}:5m`, "text"]);
    await expect(market.klines(BTC, "5m", 1)).rejects.toMatchObject({ code: "redis_wrong_type", retryable: true });
  });

  test("a key of another type costs its own series only", async () => {
    await server.client.send("DEL", [`klines:${LIFE}:1m`]);
    await server.client.send("HSET", [`klines:${LIFE}:1m`, "a", "1"]);
    const read = await at();
    expect([read.price(BTC), read.price(LIFE)]).toEqual([served.minutes[304]?.close, undefined]);
    expect(windowOf(read).settled).toBe(true);
    expect(read.view.closed(LIFE, "1m", CLOSE, 250)?.settled).toBe(false);
    await expect(market.klines(LIFE, "1m", 5)).rejects.toMatchObject({ code: "redis_wrong_type" });
  });
});
