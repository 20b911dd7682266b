import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { systemClock } from "../../src/cli/clock.ts";
import type { RunningVyx } from "../../src/cli/serve.ts";
import { createExchange, type Exchange } from "../../src/exchange/mod.ts";
import type { ExecuteTraderAnswer, GetKlinesAnswer, Trader, TriggerExecutionsAnswer } from "../../src/wire/mod.ts";
import { migratedOn } from "../helpers/databases.ts";
import { type DenoFunctions, startDenoFunctions } from "../helpers/deno-functions.ts";
import { hasPostgres, type RunningPostgres, startPostgres } from "../helpers/postgres.ts";
import { getJson, startOn, untilReady } from "../helpers/running-vyx.ts";
import { Collector } from "./collector.ts";
import { hasRedis, type RunningRedis, startRedis } from "./redis-server.ts";
import { startUpstashFront, type UpstashFront } from "./upstash-front.ts";

const KEY = "service-key-of-the-test";
const NAMES = ["get-klines", "execute-trader", "trigger-executions", "traders"] as const;
const FILTER = `const close = candles("1m").close;
return { match: close.at(-1) > sma(close, 5).at(-1), facts: { close: close.at(-1) } };`;

describe.skipIf(!hasRedis || !hasPostgres)("the functions, reading from Redis", () => {
  let exchange: Exchange;
  let vyx: RunningVyx;
  let hosted: RunningVyx;
  let postgres: RunningPostgres;
  let redis: RunningRedis;
  let front: UpstashFront;
  let collector: Collector;
  let deno: DenoFunctions;

  const database = async (): Promise<string> => {
    const url = await postgres.createDatabase();
    await (await migratedOn(url)).end();
    return url;
  };
  beforeAll(async () => {
    exchange = createExchange({ port: 0, clock: systemClock, symbols: 4, seed: 7 });
    [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
    front = startUpstashFront(redis.socketUrl);
    collector = new Collector(redis.client);
    await collector.follow(exchange.url, exchange.symbols, ["1m", "5m"]);
    const upstash = { UPSTASH_REDIS_REST_URL: front.url, UPSTASH_REDIS_REST_TOKEN: front.token };
    Object.assign(process.env, upstash);
    const url = await database();
    [vyx, hosted] = await Promise.all([
      startOn(exchange, { databaseUrl: await database() }),
      // It has other symbols than Redis, so that what it finds can't be its own.
      startOn(exchange, {
        source: "redis",
        symbols: exchange.symbols[0] as string,
        databaseUrl: await database(),
      }),
    ]);
    await Promise.all([untilReady(vyx), untilReady(hosted)]);
    deno = await startDenoFunctions(NAMES, {
      VYX_SOURCE: "redis",
      SUPABASE_DB_URL: url,
      VYX_SERVICE_KEY: KEY,
      ...upstash,
    });
  });
  afterAll(async () => {
    delete process.env.UPSTASH_REDIS_REST_URL;
    delete process.env.UPSTASH_REDIS_REST_TOKEN;
    await collector?.stop();
    await Promise.all([deno?.stop(), vyx?.stop(), hosted?.stop()]);
    await front?.stop();
    await Promise.all([exchange?.stop(), postgres?.stop(), redis?.stop()]);
  });

  const HOSTS = [
    { host: "Bun", urlOf: (name: (typeof NAMES)[number]) => `${hosted.url}/functions/v1/${name}` },
    { host: "Deno", urlOf: (name: (typeof NAMES)[number]) => deno.urlOf(name) },
  ];
  for (const { host, urlOf } of HOSTS) {
    const call = async <T>(name: (typeof NAMES)[number], body: object): Promise<T> => {
      const headers = { authorization: `Bearer ${KEY}` };
      const response = await fetch(urlOf(name), { method: "POST", headers, body: JSON.stringify(body) });
      if (!response.ok) throw new Error(`${name}: ${response.status} ${await response.text()}`);
      return (await response.json()) as T;
    };

    test(`get-klines in ${host} gives what Vyx has, and says that Redis did`, async () => {
      for (const symbol of exchange.symbols) {
        const body = { symbol, timeframe: "5m", limit: 50 };
        const got = await call<GetKlinesAnswer>("get-klines", body);
        expect(got).toMatchObject({ count: 50, ticker: null, readFrom: { source: "redis", fallback: false } });
        const startTime = got.klines[0]?.openTime;
        const path = `/klines/${encodeURIComponent(symbol)}/5m?limit=50&closed=true&startTime=${startTime}`;
        const { klines } = await getJson<{ klines: object[] }>(vyx, path);
        // The open one moves, and another may have closed meanwhile.
        const closed = got.klines.filter((kline) => kline.closed);
        expect(closed.length).toBeGreaterThanOrEqual(49);
        expect(klines.slice(0, closed.length)).toEqual(closed);
      }
    });

    test(`a trader run by ${host} finds what it finds on Vyx`, async () => {
      const trader = { name: "x", code: FILTER, timeframes: ["1m"], triggerInterval: "1m" };
      const { id } = await call<Trader>("traders", trader);
      const there = await call<ExecuteTraderAnswer>("execute-trader", { traderId: id });
      expect(there).toMatchObject({
        source: "redis",
        readFrom: { source: "redis", fallback: false },
        symbolsChecked: 4,
        skipped: [],
        errors: [],
      });
      const post = async (name: string, body: object): Promise<Response> =>
        await fetch(`${vyx.url}/functions/v1/${name}`, { method: "POST", body: JSON.stringify(body) });
      const twin = (await (await post("traders", trader)).json()) as Trader;
      const ran = await post("execute-trader", { traderId: twin.id, closeTime: there.closeTime });
      const here = (await ran.json()) as ExecuteTraderAnswer;
      expect(here.readFrom).toEqual({ source: "vyx", fallback: false });
      expect(there.matches).toEqual(here.matches);
    });

    test(`trigger-executions in ${host} runs what is due, and each execution says where it read`, async () => {
      const trader = { name: "due", code: "return true;", timeframes: ["1m"], triggerInterval: "1m", enabled: true };
      const { id } = await call<Trader>("traders", trader);
      // The next close: the trader runs from the one after the last.
      const { closeTime } = await call<ExecuteTraderAnswer>("execute-trader", { traderId: id });
      const answer = await call<TriggerExecutionsAnswer>("trigger-executions", { trigger: "cron" });
      expect(answer.candlesClosed.map(({ interval }) => interval)).toEqual(["1m"]);
      const told = { trigger: "close", interval: "1m", closeTime: closeTime + 60_000 };
      const { executions } = await call<TriggerExecutionsAnswer>("trigger-executions", told);
      expect(executions.find(({ traderId }) => traderId === id)).toMatchObject({
        readFrom: { source: "redis", fallback: false },
      });
    });
  }
});
