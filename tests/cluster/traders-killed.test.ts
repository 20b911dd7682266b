import { afterEach, describe, expect, test } from "bun:test";
import { systemClock } from "../../src/cli/clock.ts";
import { openTimeOf, seededRandom, type UnixMs } from "../../src/core/mod.ts";
import { createExchange } from "../../src/exchange/mod.ts";
import type { Sql } from "../../src/traders/mod.ts";
import { hasNats, startNats } from "../helpers/nats.ts";
import { hasPostgres, startPostgres } from "../helpers/postgres.ts";
import { startOn } from "../helpers/running-vyx.ts";
import { sized } from "../helpers/size.ts";
import { until } from "../helpers/until.ts";
import { countedSignals, createTraders, isDone, signalsOf } from "./counted-signals.ts";
import { INTERVALS, nodeFlags, ready, startNode } from "./nats-cluster.ts";
import { startNodeProcess } from "./run/node-process.ts";

const START = Date.UTC(2026, 1, 10, 12) as UnixMs;
/** A worker that starts again lacks candles for a second or two: at this speed that is less than traders wait for them. */
const SPEED = 20;
/** Twice the klines that filters read: a run that is taken over reads the market as it was at its close. */
const CAPACITY = "500";
const WORKERS = 3;
/** TRADER_KILLS=30 kills more often, and waits for leases. Without it, they end at each kill, those of workers that live as well. */
const KILLS = Number(process.env.TRADER_KILLS ?? sized(2, 3));
const WAITS_FOR_LEASES = process.env.TRADER_KILLS !== undefined;
const stops: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

describe.skipIf(!hasNats || !hasPostgres)("three workers on one database that are killed at random", () => {
  test("store the signals of a server alone on the same market: none twice, none missing", async () => {
    const database = await startPostgres();
    stops.push(database.stop);
    const exchange = createExchange({
      symbols: sized(2, 4),
      seed: 3,
      start: START,
      speed: SPEED,
      port: 0,
      clock: systemClock,
    });
    stops.push(() => exchange.stop());
    const [alone, shared] = [await countedSignals(database), await countedSignals(database)];
    stops.push(() => Promise.all([alone, shared].map(({ sql }) => sql.end())));
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
    await createTraders([alone, shared], begin);
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
    expect(stored.length).toBeGreaterThan(2);
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
