import { afterAll, beforeAll, expect, test } from "bun:test";
import { join } from "node:path";
import { seededRandom } from "../../src/core/mod.ts";
import { DestinationsTable, type Sql, TradersTable } from "../../src/traders/mod.ts";
import { isMissing, startDatabases, type TestDatabases } from "../helpers/databases.ts";
import { aTrader } from "../helpers/made-up-traders.ts";

import { sized } from "../helpers/size.ts";
import { until } from "../helpers/until.ts";

const KILLS: number = sized(3, 50);
const SEED = 20_261_130;

let databases: TestDatabases;
let sql: Sql;
let url: string;
let receiver: ReturnType<typeof Bun.serve>;
/** What was accepted, in order: its key and the signals in it. */
const accepted: { readonly key: string; readonly ids: readonly number[] }[] = [];
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
      if (random() < 0.1) return new Response(null, { status: 503, headers: { "retry-after": "0" } });
      accepted.push({ key, ids: signals.map(({ id }) => id) });
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
    const { id } = await new TradersTable(sql).create("anna", aTrader(), undefined);
    await new DestinationsTable(sql).create("anna", {
      ...{ name: "Bot", enabled: true, traders: null, digestAbove: 5, onChange: false, quiet: null, maxPerHour: 1_000 },
      address: { kind: "webhook", url: `http://127.0.0.1:${receiver.port}/` },
    });
    await sql`alter table public.destinations drop constraint destinations_max_per_hour_check`;
    await sql`update public.destinations set max_per_hour = 1000000`;
    let close = 0;
    const store = async (): Promise<void> => {
      close += 1;
      await sql`insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price)
        select ${id}, 1, 'S' || n, '1m', ${close * 60_000 - 1}, 1 from generate_series(1, ${1 + Math.floor(random() * 8)}::integer) n`;
    };
    for (let round = 0; round <= KILLS; round += 1) {
      const sender = Bun.spawn([process.execPath, "--no-orphans", join(import.meta.dir, "sender.ts"), url], {
        stdout: "pipe",
        stderr: "inherit",
      });
      for await (const _ of sender.stdout) break;
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
    const stored = (await sql<{ id: number }[]>`select id from public.signals order by id`).map((row) => row.id);
    expect(stored.length).toBeGreaterThan(KILLS * 10);
    const first = [...new Set(accepted.flatMap(({ ids }) => ids))];
    expect(first).toEqual(stored);
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
      `${stored.length} signals in ${accepted.length} messages, ${doubles} of them twice, over ${KILLS} kills, seed ${SEED}`,
    );
  },
  600_000,
);
