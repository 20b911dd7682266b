import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { seededRandom } from "../../src/core/mod.ts";
import { DestinationsTable, type Sql, TradersTable } from "../../src/traders/mod.ts";
import { isMissing, startDatabases, type TestDatabases } from "../helpers/databases.ts";
import { aTrader } from "../helpers/made-up-traders.ts";

import { sized } from "../helpers/size.ts";
import { until } from "../helpers/until.ts";

const KILLS: number = sized(3, 50);
/** Closes, and owners with a destination each, of the healthy day whose delays are measured. */
const CLOSES: number = sized(5, 200);
const OWNERS = 10;
const SEED = 20_261_130;

let databases: TestDatabases;
let sql: Sql;
let url: string;
let receiver: ReturnType<typeof Bun.serve>;
/** What was accepted, in order: its key, the signals in it, and when. */
const accepted: { readonly key: string; readonly ids: readonly number[]; readonly at: number }[] = [];
/** How often the receiver refuses a message. */
let trouble = 0.1;
/** When signals were committed, by id. */
const committed = new Map<number, number>();
const random = seededRandom(SEED);

beforeAll(async () => {
  if (isMissing("PostgreSQL")) return;
  databases = await startDatabases("PostgreSQL");
  ({ sql, url } = await databases.migrated());
  receiver = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: async (request) => {
      const { id: key, signals } = (await request.json()) as { id: string; signals: { id: number }[] };
      await Bun.sleep(random() * 15);
      if (random() < trouble) return new Response(null, { status: 503, headers: { "retry-after": "0" } });
      accepted.push({ key, ids: signals.map(({ id }) => id), at: performance.now() });
      return new Response("ok");
    },
  });
});
afterAll(async () => {
  await receiver?.stop(true);
  await databases?.stop();
});

test.skipIf(isMissing("PostgreSQL"))(
  "a sender that is killed at any moment loses nothing, keeps the order, and repeats with the same key",
  async () => {
    const id = await traderOf("anna");
    let close = 0;
    const store = async (): Promise<void> => {
      close += 1;
      await stored(id, close, 1 + Math.floor(random() * 8));
    };
    for (let round = 0; round <= KILLS; round += 1) {
      const sender = await startSender();
      // A killed sender's lease would run for a minute, as src/deliveries/delivery-loop.test.ts shows.
      await sql`update public.destinations set lease_until = null`;
      const rounds = 5 + Math.floor(random() * 10);
      for (let burst = 0; burst < rounds; burst += 1) {
        await store();
        await Bun.sleep(random() * 40);
      }
      if (round === KILLS) {
        await until(async () => (await sql`select from public.deliveries where state = 'waiting'`).length === 0);
      }
      sender.kill("SIGKILL");
      await sender.exited;
    }
    const all = (await sql<{ id: number }[]>`select id from public.signals order by id`).map((row) => row.id);
    expect(all.length).toBeGreaterThan(KILLS * 10);
    const first = [...new Set(accepted.flatMap(({ ids }) => ids))];
    expect(first).toEqual(all);
    const keys = new Map<number, string>();
    const differing = accepted.flatMap(({ key, ids }) =>
      ids.filter((one) => {
        const before = keys.get(one);
        keys.set(one, key);
        return before !== undefined && before !== key;
      }),
    );
    expect(differing).toEqual([]);
    const doubles = accepted.length - new Set(accepted.map(({ key }) => key)).size;
    console.log(
      `${all.length} signals in ${accepted.length} messages, ${doubles} of them twice, over ${KILLS} kills, seed ${SEED}`,
    );
  },
  600_000,
);

test.skipIf(isMissing("PostgreSQL"))(
  "a sender that lives sends each signal once, to each owner's destination; it says how long that takes",
  async () => {
    await sql`delete from public.destinations`;
    [trouble, accepted.length] = [0, 0];
    committed.clear();
    const traders: string[] = [];
    for (let owner = 0; owner < OWNERS; owner += 1) traders.push(await traderOf(`owner ${owner}`));
    const sender = await startSender();
    for (let close = 1; close <= CLOSES; close += 1) {
      for (const id of traders) await stored(id, close, 1 + Math.floor(random() * 3));
      await Bun.sleep(250);
    }
    await until(async () => (await sql`select from public.deliveries where state = 'waiting'`).length === 0);
    sender.kill("SIGKILL");
    await sender.exited;
    expect(accepted.flatMap(({ ids }) => ids).toSorted((a, b) => a - b)).toEqual(
      [...committed.keys()].toSorted((a, b) => a - b),
    );
    const delays = accepted
      .flatMap(({ ids, at }) => ids.map((one) => at - (committed.get(one) ?? 0)))
      .toSorted((a, b) => a - b);
    const quantile = (share: number): string =>
      `${Math.round(delays[Math.floor(share * (delays.length - 1))] ?? 0)} ms`;
    const within = (100 * delays.filter((one) => one <= 1_000).length) / delays.length;
    console.log(
      `${delays.length} signals of ${OWNERS} owners: ${within.toFixed(1)} % were taken within 1 s of their commit; half within ${quantile(0.5)}, 95 % within ${quantile(0.95)}, all within ${quantile(1)}`,
    );
  },
  600_000,
);

/** A trader whose owner has a destination at the receiver. */
async function traderOf(owner: string): Promise<string> {
  const { id } = await new TradersTable(sql).create(owner, aTrader(), undefined);
  await new DestinationsTable(sql).create(owner, {
    ...{
      name: "Bot",
      enabled: true,
      traders: null,
      digestAbove: 5,
      onChange: false,
      quiet: null,
      maxPerHour: 1_000,
      priceAlerts: true,
    },
    address: { kind: "webhook", url: `http://127.0.0.1:${receiver.port}/` },
  });
  await sql`alter table public.destinations drop constraint if exists destinations_max_per_hour_check`;
  await sql`update public.destinations set max_per_hour = 1000000`;
  return id;
}

/** Signals of a trader at a close; when they were committed is noted. */
async function stored(trader: string, close: number, count: number): Promise<void> {
  const rows = await sql<{ id: number }[]>`
    insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price)
    select ${trader}, 1, 'S' || n, '1m', ${close * 60_000 - 1}, 1 from generate_series(1, ${count}::integer) n returning id`;
  const at = performance.now();
  for (const { id } of rows) committed.set(id, at);
}

async function startSender() {
  const sender = Bun.spawn([process.execPath, "--no-orphans", join(import.meta.dir, "sender.ts"), url], {
    stdout: "pipe",
    stderr: "inherit",
  });
  for await (const _ of sender.stdout) break;
  return sender;
}
