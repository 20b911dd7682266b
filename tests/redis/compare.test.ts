import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { migrateCommand } from "../../src/cli/migrate/migrate.ts";
import { type Interval, type Kline, millis, openTimeOf, type UnixMs } from "../../src/core/mod.ts";
import { type CompareReport, type DifferenceKind, watch } from "../../src/migrate/mod.ts";
import { ManualClock } from "../helpers/clock.ts";
import { refusalOf } from "../helpers/refusal.ts";
import { getJson } from "../helpers/running-vyx.ts";
import { startTurnedExchange, type TurnedExchange } from "../helpers/turned-exchange.ts";
import { until } from "../helpers/until.ts";
import { type EndedCommand, runVyx } from "../helpers/vyx-command.ts";
import { type BothSides, startBothSides } from "./both-sides.ts";
import { hasRedis } from "./redis-server.ts";

const INTERVALS: readonly Interval[] = ["1m", "5m", "15m", "1h"];

const MINUTE_MS = 60_000;
const MINUTES = 120;

/** While the market goes on by a minute, so much passes for the comparison: it looks once in five minutes, and a grace is ten. */
const LOOKS_PER_MINUTE_MS = 200;

describe.skipIf(!hasRedis)("vyx migrate compare", () => {
  let exchange: TurnedExchange;
  let both: BothSides;
  let symbol: string;
  beforeAll(async () => {
    exchange = startTurnedExchange({ symbols: 2, seed: 7, start: Date.UTC(2026, 1, 10) as UnixMs });
    both = await exchange.passDuring(startBothSides(exchange, INTERVALS));
    symbol = exchange.symbols[0] as string;
  });
  afterAll(() => both?.stop());

  const vyx = (...args: string[]): Promise<EndedCommand> =>
    runVyx(["migrate", ...args], { environment: { UPSTASH_REDIS_TOKEN: both.front.token } });

  /** The candle of the minute that opened then is on both sides, or a later one. */
  async function haveBoth(openTime: number): Promise<boolean> {
    const seen = exchange.symbols.map(async (name) => {
      const [member] = (await both.redis.client.send("ZRANGE", [`klines:${name}:1m`, "-1", "-1"])) as string[];
      const { klines } = await getJson<{ klines: Kline[] }>(both.vyx, `/klines/${name}/1m?limit=1`);
      return Math.min((JSON.parse(member ?? "{}") as { t: number }).t, klines[0]?.openTime ?? 0);
    });
    return Math.min(...(await Promise.all(seen))) >= openTime;
  }

  test("two market hours, both sides live from one stand-in: no difference", async () => {
    const began = exchange.now();
    const clock = new ManualClock();
    const watched = watch(both.sides, {
      limit: 500,
      grace: millis(2_000),
      every: millis(1_000),
      for: millis((MINUTES + 5) * LOOKS_PER_MINUTE_MS),
      clock,
      signal: new AbortController().signal,
    });
    for (let minute = 0; minute < MINUTES + 5; minute += 1) {
      await exchange.pass(MINUTE_MS);
      // What opened half a minute ago or more has been sent.
      const sent = openTimeOf("1m", (exchange.now() - MINUTE_MS / 2) as UnixMs);
      await until(() => haveBoth(sent));
      await clock.turn(LOOKS_PER_MINUTE_MS);
    }
    let report: CompareReport | undefined;
    void watched.then((value) => {
      report = value;
    });
    await until(async () => {
      await clock.turn(LOOKS_PER_MINUTE_MS);
      return report !== undefined;
    });
    report = await watched;
    expect(exchange.now()).toBeGreaterThan(began + MINUTES * MINUTE_MS);
    // How many fit in depends on how fast the market goes on meanwhile.
    expect(report.looks).toBeGreaterThan(2);
    expect(report.differences).toEqual([]);
    expect(report).toMatchObject({ agree: true, series: 8 });
    // Each of the closes of two hours, beside the history before them: 120 + 24 + 8 + 2, of two symbols.
    expect(report.candles).toBeGreaterThanOrEqual(2 * (4 * 499 + 120 + 24 + 8 + 2));
    console.log(`compared ${report.candles} candles in ${report.looks} looks`);
  });

  test("what is planted is found, each by its name, and nothing besides", async () => {
    const { client } = both.redis;
    const key = `klines:${symbol}:1m`;
    const [members, later] = await Promise.all([
      client.send("ZRANGE", [key, "-60", "-20"]) as Promise<string[]>,
      client.send("ZRANGE", [`klines:${symbol}:5m`, "-20", "-10"]) as Promise<string[]>,
    ]);
    const replace = async (member: string, change: Record<string, unknown>, set = key): Promise<number> => {
      const candle = JSON.parse(member) as { t: number };
      await client.send("ZREM", [set, member]);
      await client.send("ZADD", [set, String(candle.t), JSON.stringify({ ...candle, ...change })]);
      return candle.t;
    };
    const [gone, other, open, beside, garbage] = members.slice(0, 5) as [string, string, string, string, string];
    const timeOf = (member: string): number => (JSON.parse(member) as { t: number }).t;
    await client.send("ZREM", [key, gone]);
    await replace(other, { v: "1.00000000" });
    await replace(open, { x: false, n: 0 });
    await client.send("ZADD", [key, String(timeOf(beside)), JSON.stringify({ ...JSON.parse(beside), x: false, n: 1 })]);
    await client.send("ZADD", [key, String(timeOf(garbage)), "{not a candle"]);
    const ahead = timeOf(garbage) + 86_400_000;
    const future = { ...JSON.parse(garbage), t: ahead, T: ahead + 59_999 };
    await client.send("ZADD", [key, String(ahead), JSON.stringify(future)]);
    const altered = await replace(later[0] as string, { c: "1.0", l: "0.5" }, `klines:${symbol}:5m`);
    // Its history is lost: the collector goes on with the candle that is open.
    const lost = `klines:${exchange.symbols[1]}:1h`;
    await client.send("DEL", [lost]);
    await exchange.passUntil(async () => (await client.send("EXISTS", [lost])) === 1);

    const { code, out, err } = await vyx(
      "compare",
      "--upstash",
      both.front.url,
      "--url",
      both.vyx.url,
      "--grace",
      "1",
      "--json",
    );
    expect([err.replace(/^comparing.*\n/gm, ""), code]).toEqual(["", 1]);
    const report = JSON.parse(out) as CompareReport;
    const found = report.differences.map(({ kind, symbol: of, interval, openTime }) => [kind, of, interval, openTime]);
    const expected: [DifferenceKind, string, string, number | null][] = [
      ["shorter", exchange.symbols[1] as string, "1h", null],
      ["missing", symbol, "1m", timeOf(gone)],
      ["altered", symbol, "1m", timeOf(other)],
      ["stale", symbol, "1m", timeOf(open)],
      ["stale", symbol, "1m", timeOf(beside)],
      ["garbage", symbol, "1m", timeOf(garbage)],
      ["extra", symbol, "1m", ahead],
      ["altered", symbol, "5m", altered],
    ];
    expect(found.map(String).sort()).toEqual(expected.map(String).sort());
    expect(report.counts).toMatchObject({ missing: 1, altered: 2, stale: 2, garbage: 1, extra: 1, shorter: 1 });
    expect(report.differences.find(({ kind }) => kind === "altered")?.detail).toMatch(
      /volume 1 in Redis, [\d.]+ on the server/,
    );

    // A key of another type is a difference of its series, and keeps no other series from being compared.
    const hash = `klines:${exchange.symbols[1]}:15m`;
    await client.send("RENAME", [hash, "kept"]);
    await client.send("HSET", [hash, "a", "1"]);
    const wrong = await vyx(
      "compare",
      "--redis",
      both.redis.url,
      "--url",
      both.vyx.url,
      "--intervals",
      "15m",
      "--grace",
      "1",
      "--json",
    );
    await client.send("RENAME", ["kept", hash]);
    expect((JSON.parse(wrong.out) as CompareReport).differences).toMatchObject([
      {
        kind: "garbage",
        symbol: exchange.symbols[1],
        openTime: null,
        detail: "wrong_type: the key is not a sorted set",
      },
    ]);

    // The same for people, by Redis' own protocol, and only what was asked for.
    const here = ["--redis", both.redis.url, "--url", both.vyx.url];
    const shown = await vyx("compare", ...here, "--grace", "1", "--symbols", symbol, "--intervals", "5m");
    expect(shown.code).toBe(1);
    expect(shown.out).toContain("the sides differ");
    expect(shown.out).toMatch(/altered +1 +closed on both sides with different figures/);
    const good = await vyx("compare", ...here, "--symbols", exchange.symbols[1] as string, "--intervals", "5m");
    expect([good.code, good.out]).toEqual([0, expect.stringContaining("the sides agree")]);
  });

  test("check and latency tell what there is, and a dry run does nothing", async () => {
    const here = ["--upstash", both.front.url, "--url", both.vyx.url];
    const checked = await exchange.passDuring(vyx("check", ...here, "--intervals", "1h"));
    expect(checked.out).toContain("reached: Redis 7");
    expect(checked.out).toMatch(/on both sides: 2, of 2 symbols in 1h/);
    expect(checked.code).toBe(0);
    const measured = await vyx("latency", ...here, "--reads", "20", "--json");
    expect(JSON.parse(measured.out)).toMatchObject({
      redis: { commands: 20 },
      server: { requests: 20 },
      pricePer100k: 0.2,
    });
    both.front.commands.clear();
    const dry = await vyx("compare", ...here, "--dry-run");
    expect([dry.code, dry.out]).toEqual([0, expect.stringContaining("would compare 8 series")]);
    expect(both.front.commands.get("ZRANGE")).toBeUndefined();
  });

  test("what is wrong with a call is told in a sentence", async () => {
    const cases: [string[], string][] = [
      [["check", "--url", both.vyx.url], "--redis or --upstash is missing"],
      [["check", "--redis", "http://x", "--url", both.vyx.url], "--redis: the URL of Redis is not valid"],
      [["compare", "--redis", both.redis.url, "--url", both.vyx.url, "--intervals", "7m"], '--intervals: "7m" is not'],
      [["compare", "--redis", "redis://127.0.0.1:1", "--url", both.vyx.url], "Redis can't be reached at 127.0.0.1:1"],
    ];
    for (const [args, words] of cases) {
      expect(await refusalOf(migrateCommand, ["migrate", ...args])).toContain(words);
    }
    const away = await vyx("check", "--redis", "redis://:secret@127.0.0.1:1", "--url", both.vyx.url);
    expect(away.code).toBe(1);
    expect(away.out).toContain("✗ redis");
    expect(away.out + away.err).not.toContain("secret");
  });
});
