import { afterEach, describe, expect, test } from "bun:test";
import { systemClock } from "../../src/cli/clock.ts";
import { openTimeOf, seededRandom, type UnixMs } from "../../src/core/mod.ts";
import { createExchange } from "../../src/exchange/mod.ts";
import { type Sql, TradersTable } from "../../src/traders/mod.ts";
import type { NewTrader } from "../../src/wire/mod.ts";
import { migratedOn } from "../helpers/databases.ts";
import { hasNats, startNats } from "../helpers/nats.ts";
import { hasPostgres, startPostgres } from "../helpers/postgres.ts";
import { REPLAY_TRADERS, signalText } from "../helpers/replay-traders.ts";
import { startOn } from "../helpers/running-vyx.ts";
import { until } from "../helpers/until.ts";
import { INTERVALS, nodeFlags, ready, startNode } from "./nats-cluster.ts";
import { startNodeProcess } from "./run/node-process.ts";

const START = Date.UTC(2026, 1, 10, 12) as UnixMs;
/** A worker that starts again lacks candles for a second or two: at this speed that is less than traders wait for them. */
const SPEED = 20;
/** Twice the klines that filters read: a run that is taken over reads the market as it was at its close. */
const CAPACITY = "500";
const WORKERS = 3;
/** TRADER_KILLS=30 kills more often, and waits for leases. Without it, they end at each kill, those of workers that live as well. */
const KILLS = Number(process.env.TRADER_KILLS ?? 3);
const WAITS_FOR_LEASES = process.env.TRADER_KILLS !== undefined;
/** Two that match often, beside those that seldom do. */
const OFTEN: readonly NewTrader[] = [0, 2].map((cooldownCandles) => ({
  ...(REPLAY_TRADERS[0] as NewTrader),
  ...{
    name: `often, cooldown ${cooldownCandles}`,
    cooldownCandles,
    code: 'return candles("1m").close.at(-1) > candles("1m").open.at(-1);',
  },
}));

const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

describe.skipIf(!hasNats || !hasPostgres)("three workers on one database that are killed at random", () => {
  test("store the signals of a server alone on the same market: none twice, none missing", async () => {
    const database = await startPostgres();
    stops.push(database.stop);
    const exchange = createExchange({ symbols: 4, seed: 3, start: START, speed: SPEED, port: 0, clock: systemClock });
    stops.push(() => exchange.stop());
    const migrated = async (): Promise<{ databaseUrl: string; sql: Sql }> => {
      const databaseUrl = await database.createDatabase();
      const sql = await migratedOn(databaseUrl);
      stops.push(() => sql.end());
      return { databaseUrl, sql };
    };
    const [alone, shared] = [await migrated(), await migrated()];
    const nats = await startNats();
    stops.push(nats.stop);
    const ingest = await startNode({ ...nodeFlags("ingest", [nats], exchange, SPEED), capacity: CAPACITY });
    stops.push(ingest.stop);
    const single = await startOn(exchange, {
      ...{ intervals: INTERVALS.join(), capacity: CAPACITY, exchangeSpeed: String(SPEED) },
      databaseUrl: alone.databaseUrl,
    });
    stops.push(single.stop);
    const flags = {
      ...nodeFlags("serve", [nats], exchange, SPEED),
      capacity: CAPACITY,
      databaseUrl: shared.databaseUrl,
    };
    const workers = await Promise.all(
      Array.from({ length: WORKERS }, (_, index) => startNodeProcess(`worker-${index + 1}`, "serve", flags)),
    );
    stops.push(() => Promise.all(workers.map((worker) => worker.kill())));
    for (const { url } of [ingest, single, ...workers]) await ready(url);

    const begin = (openTimeOf("1m", exchange.now()) - 1) as UnixMs;
    for (const { sql } of [alone, shared]) {
      for (const trader of [...REPLAY_TRADERS, ...OFTEN]) await new TradersTable(sql).create("anna", trader, begin);
    }
    const random = seededRandom(11);
    for (let kill = 0; kill < KILLS; kill += 1) {
      await Bun.sleep(300 + 700 * random());
      await until(async () => (await countOf(shared.sql, "running")) > 0);
      const worker = workers[Math.floor(random() * WORKERS)];
      await worker?.kill();
      if (!WAITS_FOR_LEASES)
        await shared.sql`update public.executions set lease_until = clock_timestamp() where status = 'running'`;
      await Bun.sleep(1_000 * random());
      await worker?.start();
    }
    for (const { url } of workers) await ready(url);
    const end = (openTimeOf("1m", exchange.now()) - 1) as UnixMs;
    // What a killed worker had claimed is claimed again once its lease is over.
    for (const { sql } of [alone, shared]) await until(() => isDone(sql, end));
    const [expected, stored] = [await signalsOf(alone.sql, end), await signalsOf(shared.sql, end)];
    expect(stored).toEqual(expected);
    expect(new Set(stored).size).toBe(stored.length);
    expect(stored.length).toBeGreaterThan(5);
    const [again] = await shared.sql<{ count: number }[]>`
      select count(*)::integer as count from public.executions where attempts > 1`;
    if (WAITS_FOR_LEASES)
      console.log(`${KILLS} kills, ${stored.length} signals, ${again?.count} runs that began again`);
  });
});

/** Executions with a status. */
async function countOf(sql: Sql, status: string): Promise<number> {
  const [row] = await sql<{ count: number }[]>`
    select count(*)::integer as count from public.executions where status = ${status}`;
  await Bun.sleep(10);
  return row?.count ?? 0;
}

/** Whether every trader has run each of its closes up to one. */
async function isDone(sql: Sql, end: UnixMs): Promise<boolean> {
  const [row] = await sql<{ unfinished: number; newest: number }[]>`
    select (count(*) filter (where status in ('queued', 'running') or pending <> '{}'))::integer as unfinished,
      coalesce(max(close_time), 0)::float8 as newest
    from public.executions where close_time <= ${end}`;
  await Bun.sleep(500);
  return row?.unfinished === 0 && row.newest === end;
}

async function signalsOf(sql: Sql, end: UnixMs): Promise<string[]> {
  const rows = await sql<{ name: string; symbol: string; close_time: number; price: number }[]>`
    select t.name, s.symbol, s.close_time::float8 as close_time, s.price
    from public.signals s join public.traders t on t.id = s.trader_id where s.close_time <= ${end}`;
  return rows.map(({ name, symbol, close_time, price }) => signalText(name, symbol, close_time, price)).sort();
}
