import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { appendFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/cli/clock.ts";
import { type Interval, type Kline, parseSymbol, tickerOf, type UnixMs } from "../../src/core/mod.ts";
import { createExchange } from "../../src/exchange/mod.ts";
import { type ImportReport, importCheckpoint, importToServer, RedisSocket } from "../../src/migrate/mod.ts";
import { UpstashRest } from "../../src/migrate/redis/mod.ts";
import { importRoutes } from "../../src/server/mod.ts";
import { MarketStore, readKlines, restoreCheckpoint } from "../../src/store/mod.ts";
import type { HealthAnswer } from "../../src/wire/mod.ts";
import { bytesFrom } from "../helpers/restarted.ts";
import { getJson, startOn, untilReady } from "../helpers/running-vyx.ts";
import { serveMarket } from "../helpers/served-market.ts";
import { minuteKlines, rolledUp } from "../helpers/truth.ts";
import { until } from "../helpers/until.ts";
import { type EndedCommand, runVyx } from "../helpers/vyx-command.ts";
import { Collector } from "./collector.ts";
import { hasRedis, type RunningRedis, startRedis } from "./redis-server.ts";
import { startUpstashFront, type UpstashFront } from "./upstash-front.ts";

const START = Date.UTC(2026, 1, 10);
const SYMBOLS = ["BTCUSDT", "ETHUSDT", "币安人生USDT"].map(parseSymbol);
const END = START + 400 * 60_000;
const PRICE = { price: 101, open: 100, high: 110, low: 90, volume: 5, quoteVolume: 500 };

describe.skipIf(!hasRedis)("an import", () => {
  let redis: RunningRedis;
  let front: UpstashFront;
  let folder: string;
  const minutes = new Map(
    SYMBOLS.map((symbol, index) => [symbol, writtenDown(minuteKlines(START, 400, index + 1, () => false))]),
  );
  beforeAll(async () => {
    redis = await startRedis();
    front = startUpstashFront(redis.socketUrl);
    folder = mkdtempSync(join(tmpdir(), "vyx-import-"));
    const collector = new Collector(redis.client);
    for (const [symbol, klines] of minutes) {
      await collector.storeKlines(symbol, "1m", klines);
      await collector.storeKlines(symbol, "5m", rolledUp("5m", klines, END));
    }
  });
  afterAll(async () => {
    await front?.stop();
    await redis?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const options = (name: string, more: Partial<Parameters<typeof importCheckpoint>[1]> = {}) => ({
    folder: join(folder, name),
    limit: 500,
    market: "exchange",
    source: "recorded" as const,
    clock: systemClock,
    signal: new AbortController().signal,
    ...more,
  });
  const checkpointsIn = (name: string): string[] =>
    readdirSync(join(folder, name)).filter((file) => /^checkpoint-\d+\.vyx$/.test(file));
  const restored = (name: string): MarketStore => {
    const store = new MarketStore({ intervals: ["1m", "5m"], capacity: 500 });
    const bytes = readFileSync(join(folder, name, checkpointsIn(name)[0] ?? ""));
    restoreCheckpoint(store, bytesFrom(bytes), "exchange");
    return store;
  };
  const klinesIn = (store: MarketStore, symbol: (typeof SYMBOLS)[number], interval: Interval): Kline[] => {
    const series = store.series(symbol, interval);
    return series === undefined ? [] : readKlines(series, { first: 0, end: series.ring.length });
  };

  test("brings each closed candle over as it is, into a folder that is new", async () => {
    const report = await importCheckpoint(new UpstashRest(front), options("whole"));
    expect(report).toMatchObject({ series: 6, symbols: 3, klines: 3 * 480, skipped: 0, withHoles: 0, withoutTaker: 0 });
    const store = restored("whole");
    for (const [symbol, klines] of minutes) {
      expect(klinesIn(store, symbol, "1m")).toEqual(klines);
      expect(klinesIn(store, symbol, "5m")).toEqual(rolledUp("5m", klines, END));
    }
    expect(readdirSync(join(folder, "whole")).filter((name) => name.includes("unfinished"))).toEqual([]);
    await expect(importCheckpoint(new UpstashRest(front), options("whole"))).rejects.toThrow(
      "has a server's checkpoint",
    );
  });

  test("cut short, leaves no checkpoint, and goes on where it was", async () => {
    const ending = new AbortController();
    const stopped = importCheckpoint(
      new UpstashRest(front),
      options("cut", { signal: ending.signal, onProgress: () => ending.abort(new Error("stopped")) }),
    );
    await expect(stopped).rejects.toThrow("stopped");
    expect(checkpointsIn("cut")).toEqual([]);
    // As a machine leaves it that dies while it writes.
    appendFileSync(join(folder, "cut", "import.unfinished"), '{"symbol":"BTCUSDT","inter');
    const rest = new UpstashRest(front);
    const report = await importCheckpoint(rest, options("cut"));
    expect(report).toMatchObject({ series: 6, resumed: 3, klines: 3 * 480 });
    // A look at the keys, and the three series that were left.
    expect(rest.spent).toBe(4);
    expect(klinesIn(restored("cut"), SYMBOLS[0] as never, "1m")).toEqual(minutes.get(SYMBOLS[0] as never) as never);
  });

  test("skips what is no candle, tells it, and makes up nothing", async () => {
    const other = await startRedis();
    const otherFront = startUpstashFront(other.socketUrl);
    const klines = minutes.get(SYMBOLS[0] as never) as Kline[];
    await new Collector(other.client, { hasTaker: false }).storeKlines("BTCUSDT", "1m", klines);
    await new Collector(other.client).storeKlines("ETHUSDT", "1m", klines);
    const hole = klines[200] as Kline;
    await other.client.send("ZREMRANGEBYSCORE", ["klines:ETHUSDT:1m", String(hole.openTime), String(hole.openTime)]);
    await other.client.send("ZADD", ["klines:ETHUSDT:1m", String(hole.openTime), "garbage"]);
    const report = await importCheckpoint(new UpstashRest(otherFront), options("bad"));
    expect(report).toMatchObject({ klines: 799, withHoles: 1, withoutTaker: 1, skipped: 1 });
    expect(report.skippedMembers).toMatchObject([{ symbol: "ETHUSDT", score: hole.openTime, fault: "not_json" }]);
    const store = restored("bad");
    const settled = (symbol: string, from: number, to: number): boolean | undefined => {
      const [startTime, endTime] = [klines[from]?.openTime, klines[to]?.openTime];
      return store.series(parseSymbol(symbol), "1m")?.select({ limit: 500, startTime, endTime }).settled;
    };
    // What isn't settled the server asks the exchange for.
    expect([settled("ETHUSDT", 100, 199), settled("ETHUSDT", 201, 250), settled("ETHUSDT", 199, 201)]).toEqual([
      true,
      true,
      false,
    ]);
    expect([settled("BTCUSDT", 0, 50), settled("BTCUSDT", 300, 350)]).toEqual([false, false]);
    const unknown = { takerBuyVolume: Number.NaN, takerBuyQuoteVolume: Number.NaN };
    const [btc] = SYMBOLS as [(typeof SYMBOLS)[number]];
    expect(klinesIn(store, btc, "1m")).toEqual(klines.map((kline) => ({ ...kline, ...unknown })));
    // The exchange's answer completes them, and restates nothing.
    const [from, to] = [klines[0]?.openTime as UnixMs, klines.at(-1)?.openTime as UnixMs];
    store.apply({
      type: "history",
      symbol: btc,
      interval: "1m",
      from,
      to,
      klines,
      askedAt: (END + 3_600_000) as UnixMs,
    });
    expect(klinesIn(store, btc, "1m")).toEqual(klines);
    expect([settled("BTCUSDT", 0, 350), store.restated.klines, store.outcomes.contradiction]).toEqual([true, 0, 0]);
    await otherFront.stop();
    await other.stop();
  });

  test("skips keys of another type, and names them", async () => {
    const other = await startRedis();
    const otherFront = startUpstashFront(other.socketUrl);
    const klines = minutes.get(SYMBOLS[0] as never) as Kline[];
    await new Collector(other.client).storeKlines("BTCUSDT", "1m", klines);
    await other.client.send("HSET", ["klines:ADAUSDT:1m", "a", "1"]);
    await other.client.send("SET", ["klines:BTCUSDT:5m", "text"]);
    await other.client.send("RPUSH", ["lastClosed:BTCUSDT:1m:x", "1"]);
    await other.client.send("HSET", ["lastClosed:ADAUSDT:1m", "a", "1"]);
    const wrongType = [
      { symbol: "ADAUSDT", interval: "1m" },
      { symbol: "BTCUSDT", interval: "5m" },
    ];
    const sides = { rest: new UpstashRest(otherFront), socket: new RedisSocket(other.socketUrl) };
    for (const [name, side] of Object.entries(sides)) {
      const report = await importCheckpoint(side, options(`types-${name}`));
      expect(report).toMatchObject({ series: 1, klines: 400, skipped: 0, wrongType });
      expect(klinesIn(restored(`types-${name}`), SYMBOLS[0] as never, "1m")).toEqual(klines);
    }
    sides.socket.close();
    const import_ = ["migrate", "import", "--redis", other.url, "--data-dir", join(folder, "types-command")];
    expect(await runVyx(import_)).toMatchObject({
      code: 0,
      out: expect.stringContaining("2 keys aren't sorted sets and were skipped: klines:ADAUSDT:1m, klines:BTCUSDT:5m"),
    });
    const served = serveMarket();
    const market = serveMarket({ with: { routes: importRoutes(served.store) } });
    served.store.apply({
      type: "ticker",
      ticker: tickerOf({ symbol: parseSymbol("BTCUSDT"), ...PRICE, updatedAt: END as UnixMs }),
    });
    const target = { url: market.server.url, apiKey: undefined, limit: 500, clock: systemClock };
    const { signal } = new AbortController();
    expect(await importToServer(sides.rest, { ...target, signal })).toMatchObject({ series: 3, sent: 400, wrongType });
    await other.client.send("DEL", ["klines:BTCUSDT:1m"]);
    await expect(importCheckpoint(sides.rest, options("types-only"))).rejects.toThrow(
      "Redis has no candles of the series",
    );
    await Promise.all([served.server.stop(), market.server.stop(), otherFront.stop()]);
    await other.stop();
  });

  test("into a running server adds what it lacks, and changes nothing that it has", async () => {
    const served = serveMarket({ with: { routes: [] } });
    const market = serveMarket({ with: { routes: importRoutes(served.store) } });
    // The market has moved on past all minutes: what is final is known by its clock.
    served.store.apply({
      type: "ticker",
      ticker: tickerOf({ symbol: parseSymbol("BTCUSDT"), ...PRICE, updatedAt: END as UnixMs }),
    });
    const other = await startRedis();
    const otherFront = startUpstashFront(other.socketUrl);
    const collector = new Collector(other.client);
    // Those from 300 on the server doesn't have; of one that it has, Redis says something else.
    const lies = writtenDown(served.minutes).map((kline, index) => (index === 250 ? { ...kline, volume: 1 } : kline));
    await collector.storeKlines("BTCUSDT", "1m", lies.slice(100, 350));
    await collector.storeKlines("NOPEUSDT", "1m", lies.slice(0, 5));
    const options = { url: market.server.url, apiKey: undefined, limit: 500, clock: systemClock };
    const run = () => importToServer(new UpstashRest(otherFront), { ...options, signal: new AbortController().signal });
    expect(await run()).toMatchObject({ series: 2, sent: 250, added: 50, refused: {}, notKept: 1, skipped: 0 });
    const series = served.store.series(parseSymbol("BTCUSDT"), "1m");
    const klines = series === undefined ? [] : readKlines(series, { first: 0, end: series.ring.length });
    expect(writtenDown(klines)).toEqual(writtenDown(served.minutes.slice(0, 350)));
    expect(await run()).toMatchObject({ sent: 250, added: 0 });
    const post = async (body: object): Promise<[number, string]> => {
      const response = await fetch(`${market.server.url}/import`, { method: "POST", body: JSON.stringify(body) });
      return [response.status, ((await response.json()) as { detail: string }).detail];
    };
    const [one, , three] = served.minutes as [Kline, Kline, Kline];
    const name = { symbol: "BTCUSDT", interval: "1m" };
    expect(await post({ ...name, klines: [one, three] })).toEqual([
      400,
      expect.stringContaining("klines.1: it doesn't follow"),
    ]);
    expect(await post({ ...name, klines: [{ ...one, closed: false }] })).toEqual([
      400,
      expect.stringContaining("klines.0: it can't be a closed kline of 1m: not_closed"),
    ]);
    expect(await post({ ...name, klines: [{ ...one, high: 0.1 }] })).toEqual([
      400,
      expect.stringContaining("high_is_not_highest"),
    ]);
    expect(await post({ ...name, klines: [] })).toEqual([400, expect.stringContaining("at least one kline")]);
    expect(await post({ ...name, interval: "1s", klines: [one] })).toEqual([
      404,
      expect.stringContaining("isn't kept here"),
    ]);
    await Promise.all([served.server.stop(), market.server.stop(), otherFront.stop()]);
    await other.stop();
  });

  test("by the command line: the server starts from it, and asks the exchange only for what came since", async () => {
    const exchange = createExchange({ port: 0, clock: systemClock, symbols: 3, seed: 7 });
    await redis.client.send("FLUSHALL", []);
    const collector = new Collector(redis.client);
    await collector.follow(exchange.url, exchange.symbols, ["1m", "5m", "1h"], 1_000);
    await collector.stop();
    const dataDir = join(folder, "served");
    const args = [
      "--redis",
      redis.url,
      "--data-dir",
      dataDir,
      "--exchange-rest",
      exchange.url,
      "--source",
      "simulated",
    ];
    const run = (...more: string[]): Promise<EndedCommand> => runVyx(["migrate", "import", ...args, ...more]);
    expect(await run("--dry-run")).toMatchObject({
      code: 0,
      out: expect.stringContaining("would read up to 500 candles of each of 9 series"),
    });
    const { code, out } = await run("--json");
    expect([code, JSON.parse(out) as ImportReport]).toMatchObject([0, { series: 9, symbols: 3, skipped: 0 }]);
    const vyx = await startOn(exchange, { dataDir, intervals: "1m,5m,1h" });
    await untilReady(vyx);
    // What came since is asked for symbol by symbol.
    await until(async () => {
      const { coverage } = await getJson<HealthAnswer>(vyx, "/health");
      return coverage.complete === coverage.total;
    });
    for (const symbol of exchange.symbols) {
      for (const interval of ["1m", "1h"] as const) {
        const { sources, holes } = await getJson<{ sources: { checkpoint: number }; holes: object[] }>(
          vyx,
          `/coverage/${encodeURIComponent(symbol)}/${interval}`,
        );
        expect([sources.checkpoint > 480, holes]).toEqual([true, []]);
        const path = `/klines/${encodeURIComponent(symbol)}/${interval}?limit=500&closed=true`;
        const { klines, complete } = await getJson<{ klines: Kline[]; complete: boolean }>(vyx, path);
        const [from, to] = [klines[0]?.openTime ?? 0, klines.at(-1)?.openTime ?? 0];
        expect(complete).toBe(true);
        expect(klines).toEqual([...exchange.truth(symbol, from, to, interval)]);
      }
    }
    await vyx.stop();
    await exchange.stop();
  });
});

/** Prices with eight decimals, as they are written down. */
function writtenDown(klines: readonly Kline[]): Kline[] {
  const rounded = (figure: number): number => Number(figure.toFixed(8));
  return klines.map((kline) => ({ ...kline, high: rounded(kline.high), low: rounded(kline.low) }));
}
