import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { DATABASES, isMissing, startDatabases, type TestDatabases } from "../../tests/helpers/databases.ts";
import { aTrader } from "../../tests/helpers/made-up-traders.ts";
import type { UnixMs } from "../core/mod.ts";
import type { PastExecution } from "../wire/mod.ts";
import { type Sql, TradersTable } from "./mod.ts";
import { PastExecutionsTable } from "./past-executions-table.ts";
import { EVERYONE, MAX_PAGE_BYTES } from "./traders-table.ts";

const MINUTE = 60_000;

describe.each(DATABASES)("past executions on %s", (kind) => {
  describe.skipIf(isMissing(kind))("", () => {
    let databases: TestDatabases;
    let sql: Sql;
    let traders: TradersTable;
    let table: PastExecutionsTable;
    let id: string;
    beforeAll(async () => {
      databases = await startDatabases(kind);
    });
    afterAll(() => databases?.stop());
    beforeEach(async () => {
      ({ sql } = await databases.migrated());
      traders = new TradersTable(sql);
      table = new PastExecutionsTable(sql);
      ({ id } = await traders.create("gerda", aTrader(), undefined));
    });

    /** Runs at the closes of the first minutes, of one interval. */
    const ran = async (interval: string, minutes: readonly number[], error = ""): Promise<void> => {
      await sql`
        insert into public.executions (trader_id, interval, close_time, status, attempts, pending, symbols_checked, matches,
          signals, skipped, errors, error, started_at, finished_at)
        select ${id}, ${interval}, n * ${MINUTE}::bigint - 1, 'done', 2, '{AUSDT,BUSDT}', 7, 3, 2, 1, 4, nullif(${error}, ''),
          to_timestamp(n * 60), to_timestamp(n * 60 + 1.5)
        from unnest(${[...minutes]}::bigint[]) n`;
    };
    const pages = async (limit: number): Promise<PastExecution[][]> => {
      const all: PastExecution[][] = [];
      let after: Pick<PastExecution, "closeTime" | "interval"> | undefined;
      for (;;) {
        const page = await table.list("gerda", id, { after, limit });
        all.push([...(page?.executions ?? [])]);
        if (page === undefined || page.cursor === null) return all;
        after = page.executions.at(-1);
      }
    };

    test("a run has what became of it, when it began and ended, and how many symbols it waits for", async () => {
      await ran("1m", [5]);
      const [one] = (await table.list("gerda", id, { after: undefined, limit: 10 }))?.executions ?? [];
      expect(one as unknown).toEqual({
        ...{ interval: "1m", closeTime: 5 * MINUTE - 1, status: "done", symbolsChecked: 7, matches: 3, signals: 2 },
        ...{ skipped: 1, errors: 4, error: null, attempts: 2, pending: 2 },
        ...{ startedAt: 5 * MINUTE, finishedAt: 5 * MINUTE + 1_500 },
      });
    });

    test("the newest close comes first, of all intervals that the trader ran at, and pages go on without one twice or none", async () => {
      await traders.update("gerda", id, { triggerInterval: "5m" });
      await ran("1m", [1, 2, 3, 4, 5, 6]);
      await ran("5m", [5, 10]);
      await sql`insert into public.executions (trader_id, interval, close_time) values (${id}, '5m', ${15 * MINUTE - 1})`;
      const expected = ["10 5m", "6 1m", "5 5m", "5 1m", "4 1m", "3 1m", "2 1m", "1 1m"];
      for (const limit of [1, 2, 3, 4, 8, 100]) {
        const all = await pages(limit);
        expect(all.flat().map(({ closeTime, interval }) => `${(closeTime + 1) / MINUTE} ${interval}`)).toEqual(
          expected,
        );
        expect(all).toHaveLength(Math.ceil(expected.length / limit));
      }
    });

    test("others' runs are as if they weren't there, and a trader without runs has an empty page", async () => {
      const all = { after: undefined, limit: 10 };
      expect(await table.list("gerda", id, all)).toEqual({ executions: [], cursor: null });
      await ran("1m", [1]);
      expect(await table.list("berta", id, all)).toBeUndefined();
      expect((await table.list(EVERYONE, id, all))?.executions).toHaveLength(1);
    });

    test("a page of long errors is cut, but has one run at least", async () => {
      await ran("1m", [1, 2, 3], "x".repeat(MAX_PAGE_BYTES / 2));
      expect((await pages(10)).map((page) => page.length)).toEqual([2, 1]);
      await ran("1m", [4], "x".repeat(MAX_PAGE_BYTES + 1));
      expect((await pages(10)).map((page) => page.length)).toEqual([1, 2, 1]);
    });

    test("a trader is listed with how many signals it stored today and in all, whatever version stored them", async () => {
      const stored = async (version: number, closes: readonly number[]): Promise<unknown> => {
        await sql`insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price)
          select ${id}, ${version}, 'AUSDT', '1m', n, 1 from unnest(${[...closes]}::bigint[]) n`;
        const [listed] = (await traders.list("gerda", { enabled: undefined, cursor: undefined, limit: 10 })).traders;
        expect((await traders.read("gerda", id))?.signals).toEqual(
          listed?.signals as NonNullable<typeof listed>["signals"],
        );
        return listed?.signals;
      };
      expect(await stored(1, [])).toEqual({ today: 0, total: 0 });
      expect(await stored(1, [1, 2, 3])).toEqual({ today: 3, total: 3 });
      await traders.update("gerda", id, { code: "every 2" });
      expect(await stored(2, [4 as UnixMs])).toEqual({ today: 4, total: 4 });
      // A day goes by.
      await sql`update public.trader_versions set day = day - 1`;
      expect(await stored(1, [])).toEqual({ today: 0, total: 4 });
      expect(await stored(2, [5, 6])).toEqual({ today: 2, total: 6 });
      await sql`delete from public.signals`;
      expect(await stored(2, [7])).toEqual({ today: 3, total: 7 });
    });
  });
});
