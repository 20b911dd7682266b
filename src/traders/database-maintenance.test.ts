import { afterAll, beforeAll, describe, expect } from "bun:test";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { DATABASES, isMissing, onlyOn, startDatabases, type TestDatabases } from "../../tests/helpers/databases.ts";
import { aTrader } from "../../tests/helpers/made-up-traders.ts";
import { sized } from "../../tests/helpers/size.ts";
import { DatabaseMaintenance, type Sql, TradersTable } from "./mod.ts";

const SEGMENT_BYTES = 16 * 1024 ** 2;

describe.each(DATABASES)("maintenance of %s", (kind) => {
  describe.skipIf(isMissing(kind))("", () => {
    let databases: TestDatabases;
    beforeAll(async () => {
      databases = await startDatabases(kind);
    });
    afterAll(() => databases?.stop());

    /** A database, its maintenance in a quiet part of a minute, and who is asked whether it is idle. */
    async function maintained(): Promise<{
      sql: Sql;
      maintenance: DatabaseMaintenance;
      host: { isIdle: boolean };
      clock: ManualClock;
    }> {
      const { sql } = await databases.migrated();
      const clock = new ManualClock();
      await clock.turn(70_000 - (clock.now() % 60_000));
      const host = { isIdle: true };
      const maintenance = new DatabaseMaintenance({
        sql,
        isEmbedded: kind === "PGlite",
        isIdle: () => host.isIdle,
        clock,
        log: { info: () => {}, warn: () => {} },
      });
      return { sql, maintenance, host, clock };
    }

    async function fill(sql: Sql, signals: number): Promise<void> {
      const [{ at } = { at: 0 }] = await sql<{ at: number }[]>`select coalesce(max(id), 0) as at from public.signals`;
      await sql`insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price, facts)
        select t.id, 1, 'S' || n % 100, '1m', ${at}::bigint + n, 1, jsonb_build_object('text', repeat('x', 400))
        from generate_series(1, ${signals}::integer) n, public.traders t`;
      await reportCounts(sql);
    }

    /** What the database counted of rows is reported after a second, unless somebody asks for it. */
    async function reportCounts(sql: Sql): Promise<void> {
      await sql`select pg_stat_force_next_flush()`;
    }

    onlyOn(kind, "PGlite")("its log stays bounded, and dead rows are vacuumed, one piece a look", async () => {
      const { sql, maintenance, host } = await maintained();
      await new TradersTable(sql).create("gerda", aTrader(), undefined);
      const looks = async (): Promise<(string | undefined)[]> => {
        const done: (string | undefined)[] = [];
        do done.push(await maintenance.look());
        while (done.at(-1) !== undefined);
        return done;
      };
      const logged = async (megabytes: number): Promise<void> => {
        for (let one = 0; one < megabytes; one += 1) {
          await sql`select pg_logical_emit_message(false, 'vyx', repeat('x', ${1024 ** 2}::integer))`;
        }
      };
      await looks();
      // While a close is worked on nothing is done, however much is due short of urgent.
      await fill(sql, 3_000);
      await logged(20);
      host.isIdle = false;
      expect(await maintenance.look()).toBeUndefined();
      host.isIdle = true;
      expect(await looks()).toEqual(["checkpoint", "vacuum outcomes_due", "vacuum signals", undefined]);
      const [counted] = await sql`select reltuples::integer as rows from pg_class where relname = 'signals'`;
      expect(counted).toEqual({ rows: 3_000 });
      // Urgent: even while a close is worked on.
      host.isIdle = false;
      await sql`delete from public.signals where id <= 2500`;
      await reportCounts(sql);
      expect(await maintenance.look()).toBe("vacuum signals");
      for (let megabytes = 0; megabytes < sized(240, 400); megabytes += 40) {
        await logged(40);
        await maintenance.look();
      }
      const figures = maintenance.figures();
      expect(figures.logBytes).toBeLessThanOrEqual(12 * SEGMENT_BYTES);
      expect(figures.bytes).toBeGreaterThan(1_000_000);
      expect(figures.checkpoints).toBeGreaterThanOrEqual(sized(3, 5));
    });

    onlyOn(kind, "PostgreSQL")("a server's is only measured", async () => {
      const { sql, maintenance } = await maintained();
      await new TradersTable(sql).create("gerda", aTrader(), undefined);
      await fill(sql, sized(5_000, 20_000));
      expect(await maintenance.look()).toBeUndefined();
      expect(maintenance.figures()).toEqual({
        bytes: expect.any(Number),
        logBytes: undefined,
        checkpoints: 0,
        vacuums: 0,
        maintainedAt: undefined,
      });
    });

    onlyOn(kind, "PGlite")("a look that fails doesn't count as maintenance", async () => {
      const { sql, maintenance, clock } = await maintained();
      const begun = clock.now();
      expect(maintenance.figures()).toMatchObject({ bytes: undefined, maintainedAt: begun });
      await clock.turn(15_000);
      await maintenance.look();
      expect(maintenance.figures()).toMatchObject({ bytes: expect.any(Number), maintainedAt: begun + 15_000 });
      await sql.end();
      await clock.turn(15_000);
      expect(await maintenance.look().catch(() => "failed")).toBe("failed");
      expect(Number(maintenance.figures().maintainedAt)).toBe(begun + 15_000);
    });
  });
});
