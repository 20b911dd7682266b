import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { DATABASES, isMissing, onlyOn, startDatabases, type TestDatabases } from "../../tests/helpers/databases.ts";
import { readMigrations } from "../cli/migrations-folder.ts";
import {
  type Migration,
  MigrationFailed,
  migrateDown,
  migrateUp,
  migrationStatuses,
  openDatabase,
  type Sql,
} from "./mod.ts";

const MIGRATIONS = readMigrations();
const TITLES = MIGRATIONS.map(({ version, name }) => `${version}_${name}`);

describe.each(DATABASES)("migrations on %s", (kind) => {
  describe.skipIf(isMissing(kind))("", () => {
    let databases: TestDatabases;
    beforeAll(async () => {
      databases = await startDatabases(kind);
    });
    afterAll(() => databases?.stop());

    test("up, down and up again leave what they should", async () => {
      const { sql } = await databases.create();
      const shape = async (): Promise<unknown> =>
        await sql`
        select c.relname, c.relkind, a.attname, format_type(a.atttypid, a.atttypmod) as type
        from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        where c.relnamespace = 'public'::regnamespace order by 1, 3`;
      expect((await migrationStatuses(sql, MIGRATIONS)).map(({ state }) => state)).toEqual(
        MIGRATIONS.map(() => "waiting"),
      );
      const [untouched] = await sql`select to_regnamespace('vyx') is null as none`;
      expect(untouched?.none).toBe(true);
      expect((await migrateUp(sql, MIGRATIONS)).done).toEqual(TITLES);
      const full = await shape();
      expect(full).not.toEqual([]);
      expect((await migrateUp(sql, MIGRATIONS)).done).toEqual([]);
      expect((await migrateDown(sql, MIGRATIONS, { steps: 1 })).done).toEqual(TITLES.slice(-1));
      expect((await migrateDown(sql, MIGRATIONS, { steps: 99 })).done).toEqual(TITLES.slice(0, -1).reverse());
      expect(await shape()).toEqual([]);
      const [left] =
        await sql`select count(*)::integer as functions from pg_proc where pronamespace = 'public'::regnamespace and proname like 'vyx%'`;
      expect(left?.functions).toBe(0);
      expect((await migrateUp(sql, MIGRATIONS)).done).toEqual(TITLES);
      expect(await shape()).toEqual(full);
      const [{ told } = { told: 0 }] = await sql`
        select count(*)::integer as told from pg_publication_tables where pubname = 'supabase_realtime' and tablename = 'signals'`;
      expect(told).toBe(1);
    });

    test("a dry run tells what would happen, and changes nothing", async () => {
      const { sql } = await databases.create();
      const { done } = await migrateUp(sql, MIGRATIONS, { dryRun: true });
      expect(done).toEqual(TITLES);
      const [tables] =
        await sql`select to_regclass('public.traders') as traders, to_regclass('vyx.migrations') as noted`;
      expect(tables).toMatchObject({ traders: null, noted: null });
    });

    test("one that fails leaves nothing of the others, and is named", async () => {
      const { sql } = await databases.create();
      const broken: Migration = {
        version: "99991231000000",
        name: "broken",
        up: "create table x (); select 1/0",
        down: "",
      };
      const failing = migrateUp(sql, [...MIGRATIONS, broken]);
      expect(failing).rejects.toThrow("99991231000000_broken (up) failed, and nothing was changed: division by zero");
      await failing.catch(() => {});
      const [tables] = await sql`select to_regclass('public.traders') as traders, to_regclass('public.x') as x`;
      expect(tables).toMatchObject({ traders: null, x: null });
    });

    test("what was changed, is unknown or comes too late is refused", async () => {
      const { sql } = await databases.migrated();
      const changed = MIGRATIONS.map((one, index) => (index === 0 ? { ...one, up: `${one.up}-- more` } : one));
      await expect(migrateUp(sql, changed)).rejects.toThrow("was changed after it had been applied");
      await expect(migrateUp(sql, MIGRATIONS.slice(1))).rejects.toThrow("which this version of Vyx doesn't know");
      const early: Migration = { version: "20000101000000", name: "early", up: "select 1", down: "select 1" };
      await expect(migrateUp(sql, [early, ...MIGRATIONS])).rejects.toThrow(MigrationFailed);
    });

    // Each database of PostgreSQL is a new one.
    onlyOn(kind, "PGlite")(
      "a database with all tables has no rows, and whatever a test changed of its tables is as the migrations make it",
      async () => {
        const changes = [
          "insert into public.traders (owner, name, code, timeframes, trigger_interval) values ('key:bot', 'n', 'c', '{1m}', '1m')",
          "alter table public.traders disable row level security",
          "create or replace function vyx.more() returns integer language sql as 'select 1'",
          "delete from vyx.migrations",
        ];
        const stateOf = async (sql: Sql): Promise<unknown> => [
          ...(await sql`select relname, relrowsecurity, relnatts from pg_class where relnamespace = 'public'::regnamespace order by 1`),
          ...(await sql`select proname from pg_proc where pronamespace = 'vyx'::regnamespace order by 1`),
          ...(await sql`select (select count(*) from public.traders)::integer as traders`),
          (await migrationStatuses(sql, MIGRATIONS)).map(({ state }) => state),
        ];
        const whole = await stateOf((await databases.migrated()).sql);
        for (const change of changes) {
          const { sql } = await databases.migrated();
          await sql.unsafe(change);
          expect({ change, state: await stateOf((await databases.migrated()).sql) }).toEqual({ change, state: whole });
        }
      },
    );

    test("traders and signals of before get versions, and wait for outcomes", async () => {
      const { sql } = await databases.create();
      const before = MIGRATIONS.findIndex(({ name }) => name === "outcomes_and_versions");
      await migrateUp(sql, MIGRATIONS.slice(0, before));
      await sql`insert into public.traders (owner, name, code, timeframes, trigger_interval, market, created_at) values
        ('anna', 'first', 'a', '{1m}', '1m', 'binance', '2026-11-01Z'), ('anna', 'second', 'b', '{5m}', '5m', 'bybit', '2026-11-02Z')`;
      await sql`update public.traders set code = 'c' where name = 'second'`;
      await sql`insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price, created_at)
        select id, version, case market when 'bybit' then 'BYBIT:AUSDT' else 'AUSDT' end, trigger_interval, 299999, 1, '2026-11-03Z' from public.traders`;
      await migrateUp(sql, MIGRATIONS);
      const versions =
        await sql`select name, v.version, v.code, v.market, v.signals, v.created_at from public.trader_versions v
        join public.traders t on t.id = v.trader_id order by name`;
      expect([...versions]).toEqual([
        { name: "first", version: 1, code: "a", market: "binance", signals: 1, created_at: new Date("2026-11-01Z") },
        { name: "second", version: 2, code: "c", market: "bybit", signals: 1, created_at: new Date("2026-11-03Z") },
      ] as never);
      const due =
        await sql`select market, interval, close_time, last_id - first_id as others, due_at from public.outcomes_due order by market`;
      const waits = { close_time: 299_999, others: 0, due_at: 300_000 };
      expect([...due]).toEqual([
        { market: "binance", interval: "1m", ...waits },
        { market: "bybit", interval: "5m", ...waits },
      ] as never);
    });

    test("what Supabase's CLI applied counts as applied, and isn't ours to take back", async () => {
      const { sql } = await databases.create();
      await sql.unsafe(
        "create schema supabase_migrations; create table supabase_migrations.schema_migrations (version text primary key)",
      );
      for (const { version, up } of MIGRATIONS) {
        await sql.unsafe(up).simple();
        await sql`insert into supabase_migrations.schema_migrations values (${version})`;
      }
      expect((await migrateUp(sql, MIGRATIONS)).done).toEqual([]);
      expect((await migrationStatuses(sql, MIGRATIONS)).map(({ state }) => state)).toEqual(
        MIGRATIONS.map(() => "supabase"),
      );
      expect((await migrateDown(sql, MIGRATIONS, { steps: 9 })).done).toEqual([]);
    });
  });
});

describe.skipIf(isMissing("PostgreSQL"))("two servers that start together", () => {
  test("migrate once", async () => {
    const databases = await startDatabases("PostgreSQL");
    const { url } = await databases.create();
    const pools = Array.from({ length: 4 }, () => openDatabase({ url, connections: 1 }));
    const done = await Promise.all(pools.map((sql) => migrateUp(sql, MIGRATIONS)));
    expect(done.map((one) => one.done.length).sort()).toEqual([0, 0, 0, MIGRATIONS.length]);
    await Promise.all(pools.map((sql) => sql.end()));
    await databases.stop();
  });
});
