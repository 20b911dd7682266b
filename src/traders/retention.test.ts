import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { DATABASES, isMissing, startDatabases, type TestDatabases } from "../../tests/helpers/databases.ts";
import { aTrader } from "../../tests/helpers/made-up-traders.ts";
import { type KeptDays, Retention, type Sql, TradersTable } from "./mod.ts";

const DAY_MS = 86_400_000;

describe.each(DATABASES)("retention on %s", (kind) => {
  describe.skipIf(isMissing(kind))("", () => {
    let databases: TestDatabases;
    let sql: Sql;
    let clock: ManualClock;
    let id: string;
    beforeAll(async () => {
      databases = await startDatabases(kind);
    });
    afterAll(() => databases?.stop());
    beforeEach(async () => {
      ({ sql } = await databases.migrated());
      clock = new ManualClock();
      ({ id } = await new TradersTable(sql).create("gerda", aTrader(), undefined));
    });

    /** Signals of one symbol each, or of all, at closes from `first` on. */
    const addSignals = async (symbol: string, first: number, count: number, days: number): Promise<void> => {
      await sql`insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price, created_at)
        select ${id}, 1, ${symbol}, '1m', n, 1, now() - ${days}::integer * interval '1 day'
        from generate_series(${first}::integer, ${first + count - 1}::integer) n`;
    };
    const left = async (): Promise<string[]> =>
      (await sql`select symbol || ' ' || close_time as signal from public.signals order by id`).map(
        (row) => row.signal,
      );
    const keeping = (days: Partial<KeptDays>): Retention =>
      new Retention(sql, { signals: 0, executions: 0, ...days }, clock);

    test("old signals go, but each symbol's newest; 0 days keep all", async () => {
      await addSignals("AAAUSDT", 1, 3, 91);
      await addSignals("BBBUSDT", 1, 2, 91);
      await addSignals("AAAUSDT", 4, 2, 89);
      await keeping({}).sweep();
      expect(await left()).toHaveLength(7);
      const retention = keeping({ signals: 90 });
      await retention.sweep();
      expect(await left()).toEqual(["BBBUSDT 2", "AAAUSDT 4", "AAAUSDT 5"]);
      expect(retention.figures()).toEqual({ signals: 4, executions: 0 });
      // A newer one takes its place: the old one goes when the old ones are looked at anew.
      await addSignals("BBBUSDT", 3, 1, 0);
      await retention.sweep();
      expect(await left()).toContain("BBBUSDT 2");
      await clock.turn(DAY_MS);
      await retention.sweep();
      expect(await left()).toEqual(["AAAUSDT 4", "AAAUSDT 5", "BBBUSDT 3"]);
    });

    test("outcomes that have been due for as long as signals are kept, or 400 days, are given up", async () => {
      const due = async (days: number): Promise<unknown> =>
        await sql`insert into public.outcomes_due (market, interval, trader_id, close_time, first_id, last_id, due_at)
          select market, interval, ${id}, ${clock.now()}::bigint - 9000 * 86400000::bigint, 1, 1, ${clock.now() - days * DAY_MS}::bigint
          from (values ('bybit', '1m'), ('bybit', '1h'), ('okx', '1m')) as k (market, interval)`;
      const waiting = async (): Promise<number[]> =>
        (await sql<{ due_at: number }[]>`select due_at from public.outcomes_due order by 1`).map(
          ({ due_at: at }) => (clock.now() - at) / DAY_MS,
        );
      for (const days of [401, 399, 91, 89, -30]) await due(days);
      await keeping({}).sweep();
      expect(await waiting()).toEqual([399, 399, 399, 91, 91, 91, 89, 89, 89, -30, -30, -30]);
      await new Retention(sql, { signals: 90, executions: 0 }, clock, { sliceRows: 2, slices: 2 }).sweep();
      expect(await waiting()).toHaveLength(8);
      await keeping({ signals: 90 }).sweep();
      expect(await waiting()).toEqual([89, 89, 89, -30, -30, -30]);
    });

    test("after a long absence a sweep deletes a bounded part, and the next ones the rest", async () => {
      await addSignals("AAAUSDT", 1, 26, 200);
      await sql`insert into public.executions (trader_id, interval, close_time, status, created_at)
        select ${id}, '1m', n, 'done', now() - interval '40 days' from generate_series(1, 22) n`;
      const bounds = { sliceRows: 5, slices: 4 };
      const retention = new Retention(sql, { signals: 90, executions: 30 }, clock, bounds);
      await retention.sweep();
      expect(retention.figures()).toEqual({ signals: 20, executions: 20 });
      await retention.sweep();
      expect(retention.figures()).toEqual({ signals: 25, executions: 21 });
      // The newest of each stays.
      expect(await left()).toEqual(["AAAUSDT 26"]);
    });
  });
});
