import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { DATABASES, isMissing, startDatabases, type TestDatabases } from "../../tests/helpers/databases.ts";
import { aTrader } from "../../tests/helpers/made-up-traders.ts";
import type { Symbol } from "../core/mod.ts";
import type { TraderChange, TraderVersion } from "../wire/mod.ts";
import { type Sql, TradersTable } from "./mod.ts";
import { EVERYONE } from "./traders-table.ts";
import { VersionsTable } from "./versions-table.ts";

const ALL = { cursor: undefined, limit: 500 };

describe.each(DATABASES)("versions on %s", (kind) => {
  describe.skipIf(isMissing(kind))("", () => {
    let databases: TestDatabases;
    let sql: Sql;
    let traders: TradersTable;
    let versions: VersionsTable;
    let id: string;
    beforeAll(async () => {
      databases = await startDatabases(kind);
    });
    afterAll(() => databases?.stop());
    beforeEach(async () => {
      ({ sql } = await databases.migrated());
      traders = new TradersTable(sql);
      versions = new VersionsTable(sql);
      ({ id } = await traders.create("gerda", aTrader(), undefined));
    });

    const listed = async (): Promise<TraderVersion[]> => (await versions.list("gerda", id, ALL))?.versions ?? [];
    const newest = async (): Promise<Partial<TraderVersion>> => {
      const { createdAt: _, ...version } = (await listed())[0] as TraderVersion;
      return version;
    };

    test("every change that decides what matches makes one, and no other change does", async () => {
      const changes: TraderChange[] = [
        { code: "every 2" },
        { timeframes: ["5m", "1m"] },
        { triggerInterval: "5m" },
        { symbols: ["AAAUSDT" as Symbol] },
        { symbols: null },
        { cooldownCandles: 3 },
        { market: "bybit" },
      ];
      const expected: Record<string, unknown> = {
        version: 1,
        code: "every 1",
        timeframes: ["1m"],
        triggerInterval: "1m",
        market: "binance",
        symbols: null,
        cooldownCandles: 0,
        signals: 0,
      };
      expect(await newest()).toEqual(expected);
      for (const change of changes) {
        await traders.update("gerda", id, change);
        Object.assign(expected, change, { version: (expected.version as number) + 1 });
        expect(await newest()).toEqual(expected);
      }
      await traders.update("gerda", id, { name: "another", description: "of it", enabled: false });
      await traders.update("gerda", id, { cooldownCandles: 3 });
      expect((await listed()).map(({ version }) => version)).toEqual([8, 7, 6, 5, 4, 3, 2, 1]);
      const { updatedAt, createdAt } = (await traders.read("gerda", id)) ?? {};
      const times = (await listed()).map((one) => one.createdAt);
      expect(times.toSorted((one, other) => other - one)).toEqual(times);
      expect(times.at(-1)).toBe(createdAt as (typeof times)[0]);
      expect(times[0]).toBeLessThanOrEqual(updatedAt as number);
    });

    test("so does one that is written past the functions, by SQL", async () => {
      await sql`update public.traders set code = 'by hand', cooldown_candles = 7 where id = ${id}`;
      expect(await newest()).toMatchObject({ version: 2, code: "by hand", cooldownCandles: 7 });
      const [made] = await sql<{ id: string }[]>`
        insert into public.traders (owner, name, code, timeframes, trigger_interval) values ('gerda', 'n', 'c', '{1h}', '1h') returning id`;
      const ofMade = await versions.list("gerda", made?.id ?? "", ALL);
      expect(ofMade?.versions).toMatchObject([{ version: 1, code: "c", timeframes: ["1h"], triggerInterval: "1h" }]);
    });

    test("signals are counted for their version, whoever stores or deletes them", async () => {
      const store = (version: number, symbol: string, closes: number) => sql`
        insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price)
        select ${id}, ${version}, ${symbol}, '1m', n * 60000 - 1, 1 from generate_series(1, ${closes}::integer) n on conflict do nothing`;
      await store(1, "AAAUSDT", 3);
      await store(1, "AAAUSDT", 3);
      await traders.update("gerda", id, { code: "every 2" });
      await store(2, "BBBUSDT", 5);
      await store(1, "CCCUSDT", 1);
      await sql`delete from public.signals where symbol = 'AAAUSDT'`;
      expect((await listed()).map(({ version, signals }) => [version, signals])).toEqual([
        [2, 5],
        [1, 4],
      ]);
      // Each knows where its signals are, also those that were deleted.
      const [one, two] = await Promise.all([1, 2].map(async (of) => (await versions.read("gerda", id, of))?.ids));
      expect((two?.last ?? 0) - (two?.first ?? 0)).toBe(4);
      expect([(one?.first ?? 0) < (two?.first ?? 0), (one?.last ?? 0) > (two?.last ?? 0)]).toEqual([true, true]);
      // Those of a run wait for their outcomes together.
      const due =
        await sql`select close_time::integer as close, count(*)::integer as runs, min(due_at)::integer as due from public.outcomes_due group by 1 order by 1`;
      expect(due.map(({ close, runs, due: at }) => [close, runs, at])).toEqual([
        [59_999, 3, 60_000],
        [119_999, 2, 120_000],
        [179_999, 2, 180_000],
        [239_999, 1, 240_000],
        [299_999, 1, 300_000],
      ]);
    });

    test("a page is bounded, and the rest follows its cursor", async () => {
      for (let one = 2; one <= 5; one += 1) await traders.update("gerda", id, { code: `every ${one}` });
      const page = await versions.list("gerda", id, { cursor: undefined, limit: 2 });
      expect(page?.versions.map(({ version }) => version)).toEqual([5, 4]);
      const rest = await versions.list("gerda", id, { cursor: page?.cursor ?? undefined, limit: 3 });
      expect([rest?.versions.map(({ version }) => version), rest?.cursor]).toEqual([[3, 2, 1], null]);
      const none = await versions.list("gerda", id, { cursor: "1", limit: 3 });
      expect(none).toEqual({ versions: [], cursor: null });
      for (let one = 0; one < 18; one += 1) {
        await traders.update("gerda", id, { code: `// ${one} ${"x".repeat(32_000)}` });
      }
      const large = await versions.list("gerda", id, ALL);
      expect([large?.versions.length, large?.cursor]).toEqual([16, "8"]);
    });

    test("the newest 500 are kept", async () => {
      await sql`update public.traders set version = 1 where id = ${id}`;
      for (let one = 0; one < 504; one += 1)
        await sql`update public.traders set code = ${`every ${one}`} where id = ${id}`;
      const [kept] = await sql`select min(version) as first, count(*)::integer as count from public.trader_versions`;
      expect(kept).toEqual({ first: 6, count: 500 });
    });

    test("older ones go when all have more than a mebibyte", async () => {
      for (let one = 0; one < 40; one += 1) {
        await sql`update public.traders set code = ${`// ${one} `.padEnd(32_000, "x")} where id = ${id}`;
      }
      const [kept] = await sql`select count(*)::integer as count, max(version) as last from public.trader_versions`;
      expect(kept).toEqual({ count: 32, last: 41 });
    });

    test("others' are as if they weren't there, and a deleted trader's go with it", async () => {
      expect(await versions.list("hans", id, ALL)).toBeUndefined();
      expect(await versions.read("hans", id, 1)).toBeUndefined();
      expect(await versions.read("gerda", id, 2)).toBeUndefined();
      expect((await versions.list(EVERYONE, id, ALL))?.versions).toHaveLength(1);
      await traders.update("gerda", id, { code: "every 2" });
      const first = await versions.read("gerda", id, 1);
      const present = await versions.read("gerda", id, undefined);
      expect([first?.version.version, first?.endedAt]).toEqual([1, present?.version.createdAt]);
      expect([present?.version.version, present?.endedAt]).toEqual([2, undefined]);
      await traders.delete("gerda", id);
      expect((await sql`select from public.trader_versions`).length).toBe(0);
    });
  });
});
