import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { Redis } from "@upstash/redis";
import { hasRedis, type RunningRedis, startRedis } from "./redis-server.ts";
import { startUpstashFront, type UpstashFront } from "./upstash-front.ts";

describe.skipIf(!hasRedis)("the front that speaks Upstash's REST", () => {
  let server: RunningRedis;
  let front: UpstashFront;
  let redis: Redis;
  beforeAll(async () => {
    server = await startRedis();
    front = startUpstashFront(server.socketUrl);
    redis = new Redis({ url: front.url, token: front.token, retry: false });
  });
  beforeEach(() => server.client.send("FLUSHALL", []));
  afterAll(async () => {
    await front?.stop();
    await server?.stop();
  });

  test("does what @upstash/redis asks, in base64 as it does by default, and plain", async () => {
    for (const responseEncoding of ["base64", false] as const) {
      await server.client.send("FLUSHALL", []);
      const one = new Redis({ url: front.url, token: front.token, retry: false, responseEncoding });
      expect(await one.ping()).toBe("PONG");
      expect(await one.set("lastClosed:币安人生USDT:1m", 1_760_000_059_999)).toBe("OK");
      expect(await one.get<number>("lastClosed:币安人生USDT:1m")).toBe(1_760_000_059_999);
      expect(await one.get("absent")).toBeNull();
      expect(await one.zadd("z", { score: 2, member: "b" }, { score: 1.5, member: "a" })).toBe(2);
      expect(await one.zrange("z", 0, -1, { withScores: true })).toEqual(["a", 1.5, "b", 2]);
      expect(await one.zrange<string[]>("z", 2, "-inf", { byScore: true, rev: true, offset: 0, count: 1 })).toEqual([
        "b",
      ]);
      expect(await one.mget("lastClosed:币安人生USDT:1m", "absent")).toEqual([1_760_000_059_999, null]);
      expect((await one.scan("0", { match: "lastClosed:*" }))[1]).toEqual(["lastClosed:币安人生USDT:1m"]);
    }
  });

  test("takes pipelines and transactions, and tells an error of a command in its place", async () => {
    expect(await redis.pipeline().set("a", 1).incr("a").get("a").exec()).toEqual(["OK", 2, 2]);
    expect(await redis.multi().set("b", "x").zadd("z", { score: 1, member: "m" }).get("b").exec()).toEqual([
      "OK",
      1,
      "x",
    ]);
    const mixed = await redis.pipeline().get("z").get("a").exec({ keepErrors: true });
    expect(mixed[0]?.error).toContain("WRONGTYPE");
    expect(mixed[1]?.result).toBe(2);
    await expect(redis.get("z")).rejects.toThrow("WRONGTYPE");
  });

  test("opens to its token alone", async () => {
    await expect(new Redis({ url: front.url, token: "other", retry: false }).ping()).rejects.toThrow("WRONGPASS");
  });

  test("counts commands as Upstash bills them", async () => {
    front.commands.clear();
    await redis.pipeline().get("a").get("b").exec();
    await redis.multi().set("a", 1).get("a").exec();
    expect(Object.fromEntries(front.commands)).toEqual({ GET: 3, SET: 1 });
  });
});
