import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../src/cli/clock.ts";
import { createClient } from "../../src/client/mod.ts";
import { closeTimeOf, millis, openTimeOf } from "../../src/core/mod.ts";
import { createExchange, type Exchange } from "../../src/exchange/mod.ts";
import { chooseMarket, readSourceChoice, type Source } from "../../src/migrate/redis/mod.ts";
import { createSandbox } from "../../src/sandbox/mod.ts";
import {
  ClientMarket,
  createTraders,
  type Functions,
  ServerScreener,
  type Sql,
  StrategyScreener,
} from "../../src/traders/mod.ts";
import type { FunctionName, ReadFrom, Trader } from "../../src/wire/mod.ts";
import { migratedOn } from "../helpers/databases.ts";
import { hasPostgres, type RunningPostgres, startPostgres } from "../helpers/postgres.ts";
import { Collector } from "./collector.ts";
import { hasRedis, type RunningRedis, startRedis } from "./redis-server.ts";
import { startUpstashFront, type UpstashFront } from "./upstash-front.ts";

const ROOT = join(import.meta.dir, "../..");

/** A close each two seconds. */
const SPEED = 30;

/** Answers that each phase waits for, of each function. */
const ANSWERS_A_PHASE = 15;

/** Signals that there must be to compare at the end. */
const ENOUGH_SIGNALS = 50;

const USERS = Array.from({ length: 40 }, (_, index) => `user-${index}`);
const FILTER = `const close = candles("1m").close;
return { match: close.at(-1) > sma(close, 5).at(-1) };`;

/** Why a server that is well is passed over. */
const LATE = /: no whole answer within \d+ ms| doesn't have this candle yet| ends at \d/;

interface Seen {
  readonly phase: string;
  readonly name: FunctionName;
  readonly status: number;
  readonly readFrom: readonly ReadFrom[];
  readonly detail: string;
}

describe.skipIf(!hasRedis || !hasPostgres)("moving over, rehearsed", () => {
  let exchange: Exchange;
  let redis: RunningRedis;
  let front: UpstashFront;
  let postgres: RunningPostgres;
  let sql: Sql;
  let folder: string;
  let collector: Collector;
  let server: { process: Bun.Subprocess; url: string };

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "vyx-rehearsal-"));
    exchange = createExchange({ port: 0, clock: systemClock, symbols: 4, seed: 11, speed: SPEED });
    [redis, postgres] = await Promise.all([startRedis(), startPostgres()]);
    front = startUpstashFront(redis.socketUrl);
    collector = new Collector(redis.client);
    sql = await migratedOn(await postgres.createDatabase());
    [server] = await Promise.all([startServer("0"), collector.follow(exchange.url, exchange.symbols, ["1m"])]);
  });
  afterAll(async () => {
    server?.process.kill("SIGKILL");
    await server?.process.exited;
    await collector?.stop();
    await sql?.end();
    await front?.stop();
    await Promise.all([exchange?.stop(), redis?.stop(), postgres?.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  /** `vyx serve` in a process of its own, ready. */
  async function startServer(port: string): Promise<{ process: Bun.Subprocess; url: string }> {
    const flags = {
      port,
      "exchange-rest": exchange.url,
      "exchange-ws": exchange.url.replace("http", "ws"),
      "data-dir": folder,
      symbols: "*",
      intervals: "1m",
      "log-level": "error",
    };
    const args = Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, value]);
    const child = Bun.spawn([process.execPath, "src/cli/main.ts", "serve", ...args], {
      cwd: ROOT,
      env: { PATH: Bun.env.PATH ?? "" },
      stdin: "ignore",
      stdout: "pipe",
      stderr: "inherit",
    });
    const { value } = await child.stdout.getReader().read();
    const { listening: url } = JSON.parse(new TextDecoder().decode(value)) as { listening: string };
    while (!(await fetch(`${url}/ready`).then(({ ok }) => ok))) await systemClock.sleep(millis(50));
    return { process: child, url };
  }

  /** The functions as a new instance of their host puts them together: all that differs are the variables. */
  async function functionsWith(source: Source, share: number): Promise<Functions> {
    const variables: Record<string, string> = {
      VYX_SOURCE: source,
      VYX_SOURCE_SHARE: String(share),
      UPSTASH_REDIS_REST_URL: front.url,
      UPSTASH_REDIS_REST_TOKEN: front.token,
    };
    const variable = (name: string): string | undefined => variables[name];
    const stopwatch = (): number => performance.now();
    return createTraders({
      sql,
      connections: 4,
      market: chooseMarket({
        choice: readSourceChoice(variable),
        variable,
        vyx: (patience) => new ClientMarket(createClient({ url: server.url, ...patience })),
        clock: systemClock,
        warn: () => {},
      }),
      screener: new ServerScreener({
        here: async () => new StrategyScreener(await createSandbox({ stopwatch }), stopwatch),
        warn: () => {},
      }),
      clock: systemClock,
      stopwatch,
      log: { info: () => {}, warn: () => {} },
      origins: [],
      authorize: async (request) => ({ owner: request.headers.get("x-user") ?? "service", isService: true }),
      onError: (_, cause) => console.error(cause),
    }).functions;
  }

  test("10, 50 and 100 percent, the server killed, rolled back by a variable, and back again: nothing fails, no signal is lost", async () => {
    const seen: Seen[] = [];
    const traders: string[] = [];
    let [phase, functions] = ["redis", await functionsWith("redis", 100)];
    const ask = async <T>(name: FunctionName, body: object, user = "service"): Promise<T> => {
      const [of, now] = [functions, phase];
      const headers = { "x-user": user };
      const request = new Request(`http://host/${name}`, { method: "POST", headers, body: JSON.stringify(body) });
      const response = await of(name, request);
      const text = await response.text();
      const answer = JSON.parse(text) as { readFrom?: ReadFrom; executions?: { readFrom?: ReadFrom }[] };
      const readFrom = [answer.readFrom ?? [], answer.executions?.map((one) => one.readFrom ?? []) ?? []].flat(2);
      // What was under way while something changed may be of either kind.
      const during = now === phase ? now : `${now} to ${phase}`;
      seen.push({ phase: during, name, status: response.status, readFrom, detail: response.ok ? "" : text });
      return answer as T;
    };
    for (let count = 0; count < 8; count += 1) {
      const trader = { name: `t${count}`, code: FILTER, timeframes: ["1m"], triggerInterval: "1m", enabled: true };
      traders.push((await ask<Trader>("traders", trader)).id);
    }
    seen.length = 0;

    // Traffic goes on through everything that follows.
    let isOver = false;
    const again = async (call: (round: number) => Promise<unknown>, everyMs: number): Promise<void> => {
      for (let round = 0; !isOver; round += 1) {
        await call(round);
        await systemClock.sleep(millis(everyMs));
      }
    };
    const user = (round: number): string => USERS[round % USERS.length] as string;
    const symbol = (round: number): string => exchange.symbols[round % exchange.symbols.length] as string;
    const traffic = [
      again((round) => ask("get-klines", { symbol: symbol(round), timeframe: "1m", limit: 50 }, user(round)), 20),
      again((round) => ask("execute-trader", { traderId: traders[round % traders.length] }), 60),
      again(() => ask("trigger-executions", { trigger: "cron" }), 100),
    ];
    const enough = async (): Promise<void> => {
      const count = (name: FunctionName): number =>
        seen.filter((one) => one.phase === phase && one.name === name).length;
      const isEnough = (): boolean =>
        count("get-klines") >= ANSWERS_A_PHASE * 2 &&
        count("execute-trader") >= ANSWERS_A_PHASE &&
        count("trigger-executions") >= 5;
      while (!isEnough()) await systemClock.sleep(millis(20));
    };
    const go = async (name: string, source: Source, share: number): Promise<void> => {
      const next = await functionsWith(source, share);
      [functions, phase] = [next, name];
      await enough();
    };

    const began = performance.now();
    const times: Record<string, number> = {};
    const step = async (name: string, source: Source, share: number): Promise<void> => {
      const from = performance.now();
      await go(name, source, share);
      times[name] = Math.round(performance.now() - from);
    };
    await enough();
    await step("10 %", "vyx-then-redis", 10);
    await step("50 %", "vyx-then-redis", 50);
    await step("100 %", "vyx-then-redis", 100);
    phase = "killed";
    server.process.kill("SIGKILL");
    await server.process.exited;
    phase = "dead";
    await enough();
    const hasFallenBack = (): boolean =>
      seen.some(
        (one) => one.phase === "dead" && one.name === "execute-trader" && one.readFrom.some((read) => read.fallback),
      );
    while (!hasFallenBack()) await systemClock.sleep(millis(20));
    await step("rolled back", "redis", 100);
    const port = new URL(server.url).port;
    server = await startServer(port);
    await step("back again", "vyx-then-redis", 100);
    // How many candles closed meanwhile depends on the machine; how many the filter takes, on the market.
    // The last trader may have been made after the first one's first close.
    const firstClose = await oneOf(
      sql`select max(first) as one from (select min(close_time) as first from public.executions group by trader_id) as firsts`,
    );
    const expectedUntil = (last: number): string[] =>
      traders.flatMap((id) => expectedSignals(exchange, firstClose, last).map((one) => `${id} ${one}`));
    const lastClose = (): Promise<number> => oneOf(sql`select max(close_time) as one from public.executions`);
    while (expectedUntil(await lastClose()).length <= ENOUGH_SIGNALS) await systemClock.sleep(millis(200));
    isOver = true;
    await Promise.all(traffic);

    expect(seen.filter(({ status }) => status !== 200)).toEqual([]);
    const from = (name: string, of?: FunctionName): Record<string, number> => {
      const counts: Record<string, number> = {};
      for (const { readFrom } of seen.filter((one) => one.phase === name && one.name === (of ?? one.name))) {
        for (const { source, fallback, reason } of readFrom) {
          // A server that other programs keep from the processor is late: falling back is right then, and no fault of it.
          if (fallback && name !== "dead" && LATE.test(reason ?? "")) continue;
          const kind = `${source}${fallback ? ", fallback" : ""}`;
          counts[kind] = (counts[kind] ?? 0) + 1;
        }
      }
      return counts;
    };
    const summary = Object.fromEntries([...new Set(seen.map((one) => one.phase))].map((name) => [name, from(name)]));
    console.log(JSON.stringify({ summary, times, ms: Math.round(performance.now() - began) }));
    const sources = (name: string): string[] => Object.keys(from(name)).sort();
    expect(sources("redis")).toEqual(["redis"]);
    expect(sources("10 %")).toEqual(["redis", "vyx"]);
    expect(sources("50 %")).toEqual(["redis", "vyx"]);
    expect(sources("100 %")).toEqual(["vyx"]);
    expect(Object.keys(from("dead", "get-klines"))).toEqual(["redis, fallback"]);
    expect(from("dead", "execute-trader")["redis, fallback"]).toBeGreaterThan(0);
    expect(sources("rolled back")).toEqual(["redis"]);
    expect(sources("back again")).toEqual(["vyx"]);

    // What waits for a candle is run when that is there.
    const open = async (): Promise<number> => {
      const [row] =
        await sql`select count(*)::integer as open from public.executions where status <> 'done' or pending <> '{}'`;
      return Number(row?.open);
    };
    const last = await lastClose();
    while ((await open()) > 0) await ask("trigger-executions", { trigger: "cron" });
    const rows = await sql`select trader_id, symbol, close_time from public.signals`;
    const stored = rows.map((row) => `${row.trader_id} ${row.symbol} ${row.close_time}`);
    expect(new Set(stored).size).toBe(stored.length);
    const inRange = ({ close_time }: (typeof rows)[number]): boolean =>
      Number(close_time) >= firstClose && Number(close_time) <= last;
    expect(
      rows
        .filter(inRange)
        .map((row) => `${row.trader_id} ${row.symbol} ${row.close_time}`)
        .sort(),
    ).toEqual(expectedUntil(last).sort());
  });
});

async function oneOf(query: PromiseLike<readonly { readonly one?: unknown }[]>): Promise<number> {
  return Number((await query)[0]?.one);
}

/** "SYMBOL closeTime" for each close at which the filter is true, from what the exchange says, without any code of ours that screens. */
function expectedSignals(exchange: Exchange, first: number, last: number): string[] {
  return exchange.symbols.flatMap((symbol) => {
    const klines = exchange.truth(symbol, openTimeOf("1m", first) - 5 * 60_000, openTimeOf("1m", last));
    return klines.flatMap(({ openTime, close }, index) => {
      if (index < 5) return [];
      const average = klines.slice(index - 4, index + 1).reduce((sum, one) => sum + one.close, 0) / 5;
      return close > average ? [`${symbol} ${closeTimeOf("1m", openTime)}`] : [];
    });
  });
}
