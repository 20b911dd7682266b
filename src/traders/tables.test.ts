import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { ManualClock } from "../../tests/helpers/clock.ts";
import { DATABASES, isMissing, startDatabases, type TestDatabases } from "../../tests/helpers/databases.ts";
import { aTrader, minuteClose, SYMBOLS } from "../../tests/helpers/made-up-traders.ts";
import { ofSpot } from "../../tests/helpers/schedules.ts";
import { until } from "../../tests/helpers/until.ts";
import { closeTimeOf, parseSymbol, type UnixMs } from "../core/mod.ts";
import { StatementRoom } from "./match-rows.ts";
import {
  DatabaseUnreachable,
  ExecutionsTable,
  openDatabase,
  Retention,
  SignalsTable,
  type Sql,
  TooManyTraders,
  TradersTable,
} from "./mod.ts";
import { EVERYONE, type Owner } from "./traders-table.ts";

const EVERYTHING = { traderId: undefined, symbol: undefined, interval: undefined, from: undefined, to: undefined };
const FIRST_PAGE = { enabled: undefined, cursor: undefined, limit: 50 };

describe.each(DATABASES)("tables on %s", (kind) => {
  describe.skipIf(isMissing(kind))("", () => {
    let databases: TestDatabases;
    let sql: Sql;
    let traders: TradersTable;
    let signals: SignalsTable;
    let executions: ExecutionsTable;
    beforeAll(async () => {
      databases = await startDatabases(kind);
      ({ sql } = await databases.migrated());
      traders = new TradersTable(sql);
      signals = new SignalsTable(sql);
      executions = new ExecutionsTable(sql);
    });
    afterAll(() => databases?.stop());

    test("a trader comes back as it went in, and is its owner's alone", async () => {
      const given = aTrader({
        name: "Ünder 30 'quoted' \\",
        description: "line\nline",
        code: "return rsi(candles('1m').close, 14).at(-1) < 30; // \u{1f980} \\u0041",
        timeframes: ["1m", "1h"],
        symbols: [parseSymbol("BTCUSDT"), parseSymbol("币安人生USDT")],
        cooldownCandles: 7,
      });
      const made = await traders.create("anna", given, undefined);
      expect(made).toMatchObject({ ...given, owner: "anna", version: 1 });
      expect(await traders.read("anna", made.id)).toEqual({
        ...made,
        lastExecution: null,
        signals: { today: 0, total: 0 },
      });
      expect(await traders.read(EVERYONE, made.id)).toEqual({
        ...made,
        lastExecution: null,
        signals: { today: 0, total: 0 },
      });
      expect(await traders.read("*", made.id)).toBeUndefined();
      expect(await traders.read("berta", made.id)).toBeUndefined();
      expect(await traders.update("berta", made.id, { name: "mine" }, undefined)).toBeUndefined();
      expect(await traders.delete("berta", made.id)).toBe(false);
      expect(await traders.delete("anna", made.id)).toBe(true);
      expect(await traders.read("anna", made.id)).toBeUndefined();
    });

    test("a page holds so many bytes at most, and the next one goes on from there", async () => {
      const code = `return true; // ${"x".repeat(32_000)}`;
      const made: string[] = [];
      for (let index = 0; index < 40; index += 1) {
        made.push((await traders.create("paula", aTrader({ code, enabled: false }), undefined)).id);
      }
      const seen: string[][] = [];
      let cursor: string | undefined;
      do {
        const page = await traders.list("paula", { ...FIRST_PAGE, limit: 500, cursor });
        seen.push(page.traders.map(({ id }) => id));
        cursor = page.cursor ?? undefined;
      } while (cursor !== undefined);
      expect(seen.flat()).toEqual(made.toReversed());
      expect(seen.map(({ length }) => length)).toEqual([16, 16, 8]);
      for (const id of made) await traders.delete("paula", id);
    });

    test("the version moves with what decides the matches, and with nothing else", async () => {
      const { id } = await traders.create("carla", aTrader(), undefined);
      const version = async (change: object): Promise<unknown> =>
        (await traders.update("carla", id, change, undefined))?.version;
      expect(await version({ name: "other" })).toBe(1);
      expect(await version({ enabled: false })).toBe(1);
      expect(await version({ code: "every 2" })).toBe(2);
      expect(await version({ code: "every 2" })).toBe(2);
      expect(await version({ symbols: [parseSymbol("BTCUSDT")] })).toBe(3);
      expect(await version({ symbols: null })).toBe(4);
      expect(await version({ timeframes: ["5m"], triggerInterval: "5m", cooldownCandles: 3 })).toBe(5);
      expect(await version({})).toBe(5);
    });

    test("one that is switched off gives up what waits, and begins anew when it is switched on", async () => {
      const { id } = await traders.create("dora", aTrader({ triggerInterval: "3m" }), minuteClose(-1));
      const closeOf = (index: number): never => minuteClose(index * 3 + 2) as never;
      expect(await executions.schedule(ofSpot("3m"), closeOf(1), 10)).toBe(2);
      await traders.update("dora", id, { enabled: false }, undefined);
      const rows = async (): Promise<unknown[]> =>
        (await sql`select close_time from public.executions where trader_id = ${id} order by 1`).map(
          (row) => row.close_time,
        );
      expect(await rows()).toEqual([]);
      expect(await executions.schedule(ofSpot("3m"), closeOf(3), 10)).toBe(0);
      await traders.update("dora", id, { enabled: true }, undefined);
      expect(await executions.schedule(ofSpot("3m"), closeOf(5), 10)).toBe(1);
      expect(await rows()).toEqual([closeOf(5)]);
      expect(await executions.schedule(ofSpot("3m"), closeOf(9), 3)).toBe(3);
      expect(await rows()).toEqual([closeOf(5), closeOf(7), closeOf(8), closeOf(9)]);
      await traders.delete("dora", id);
    });

    test("one that begins anew runs no close from before, whether the last close is known or not", async () => {
      const { id } = await traders.create("fred", aTrader(), minuteClose(0));
      const runsAfter = async (): Promise<unknown> =>
        (await sql`select runs_after from public.traders where id = ${id}`)[0]?.runs_after;
      const times = async (): Promise<unknown[]> =>
        (await sql`select close_time from public.executions where trader_id = ${id} order by 1`).map(
          (row) => row.close_time,
        );
      await traders.update("fred", id, { enabled: false });
      // A run that was given back while the trader was disabled.
      await sql`insert into public.executions (trader_id, interval, close_time) values (${id}, '1m', ${minuteClose(1)})`;
      await traders.update("fred", id, { enabled: true }, null);
      expect([await runsAfter(), await times()]).toEqual([null, []]);
      await executions.schedule(ofSpot("1m"), minuteClose(50), 240);
      expect(await times()).toEqual([minuteClose(50)]);
      // Disabled and enabled again before the next close: it begins where it began last time, and the last close isn't run.
      await traders.update("fred", id, { enabled: false }, undefined);
      await traders.update("fred", id, { enabled: true }, minuteClose(60));
      await traders.update("fred", id, { enabled: false }, undefined);
      await traders.update("fred", id, { enabled: true }, minuteClose(60));
      expect(await runsAfter()).toBe(minuteClose(60));
      await executions.schedule(ofSpot("1m"), minuteClose(60), 240);
      expect(await times()).toEqual([]);
      expect((await traders.update("fred", id, { triggerInterval: "3m" }, null))?.triggerInterval).toBe("3m");
      expect(await runsAfter()).toBeNull();
      await traders.delete("fred", id);
    });

    test("of an owner so many executions are unfinished at most; the closes left out come later, in order", async () => {
      const ids: string[] = [];
      for (const owner of ["gerda", "gerda", "hugo"]) {
        ids.push((await traders.create(owner, aTrader(), minuteClose(-1))).id);
      }
      const [first, second, other] = ids as [string, string, string];
      const queued = async (id: string): Promise<unknown[]> => [
        ...(
          await sql`select close_time from public.executions where trader_id = ${id} and status = 'queued' order by 1`
        ).map(({ close_time }) => close_time),
      ];
      const closes = (...indexes: number[]): unknown[] => indexes.map(minuteClose);
      expect(await executions.schedule(ofSpot("1m"), minuteClose(4), 240, 6)).toBe(6 + 5);
      expect(await Promise.all(ids.map(queued))).toEqual([closes(0, 1, 2), closes(0, 1, 2), closes(0, 1, 2, 3, 4)]);
      expect(await executions.schedule(ofSpot("1m"), minuteClose(5), 240, 6)).toBe(1);
      await sql`update public.executions set status = 'done' where trader_id in ${sql([first, second])}`;
      expect(await executions.schedule(ofSpot("1m"), minuteClose(5), 240, 6)).toBe(6);
      expect(await Promise.all(ids.map(queued))).toEqual([closes(3, 4, 5), closes(3, 4, 5), closes(0, 1, 2, 3, 4, 5)]);
      for (const [owner, id] of [
        ["gerda", first],
        ["gerda", second],
        ["hugo", other],
      ] as const) {
        await traders.delete(owner, id);
      }
    });

    test("a close of tomorrow, told while the clock was ahead, keeps no close of today from being run", async () => {
      const { id } = await traders.create("hugo", aTrader(), undefined);
      const schedule = (index: number): Promise<number> => executions.schedule(ofSpot("1m"), minuteClose(index), 240);
      const counts = [await schedule(0), await schedule(1), await schedule(1_440)];
      expect(counts).toEqual([1, 1, 240]);
      expect([await schedule(2), await schedule(4), await schedule(4)]).toEqual([1, 2, 0]);
      await traders.delete("hugo", id);
    });

    test("executions of closes that never were go, others and young ones stay, and a trader that was to begin there begins now", async () => {
      const first = await traders.create("hugo", aTrader(), undefined);
      const second = await traders.create("ida", aTrader(), minuteClose(1_439));
      const third = await traders.create("jan", aTrader(), minuteClose(1));
      const held = async (): Promise<unknown[]> => [
        ...(await sql`select distinct close_time from public.executions where interval = '1m' order by 1`).map(
          ({ close_time }) => close_time,
        ),
      ];
      await executions.schedule(ofSpot("1m"), minuteClose(0), 240);
      await executions.schedule(ofSpot("1m"), minuteClose(1_440), 2);
      expect(await executions.turnBack(ofSpot("1m"), minuteClose(0))).toBe(0);
      expect(await held()).toEqual([0, 1_439, 1_440].map(minuteClose));
      const queuedAt = async (index: number): Promise<void> => {
        await sql`update public.executions set status = 'done', created_at = to_timestamp(${minuteClose(index)} / 1000.0)`;
      };
      // Queued after their closes: it is the market which we ask that is behind.
      await queuedAt(1_441);
      expect(await executions.turnBack(ofSpot("1m"), minuteClose(0))).toBe(0);
      await queuedAt(0);
      expect(await executions.turnBack(ofSpot("3m"), minuteClose(-1))).toBe(0);
      expect(await executions.turnBack(ofSpot("1m"), minuteClose(0))).toBe(5);
      expect(await held()).toEqual([minuteClose(0)]);
      const begins = await sql`select owner, runs_after from public.traders where trigger_interval = '1m' order by 1`;
      expect(begins.map(({ owner, runs_after }) => [owner, runs_after])).toEqual([
        ["hugo", minuteClose(-1)],
        ["ida", minuteClose(0)],
        ["jan", minuteClose(1)],
      ]);
      expect(await executions.schedule(ofSpot("1m"), minuteClose(1), 240)).toBe(2);
      for (const { id, owner } of [first, second, third]) await traders.delete(owner, id);
    });

    test("lists go on where their cursor is, newest first, without a row twice or none", async () => {
      const made: string[] = [];
      for (let index = 0; index < 7; index += 1) {
        made.unshift((await traders.create("emma", aTrader({ enabled: index % 2 === 0 }), undefined)).id);
      }
      // Rows that were made in the same moment are told apart as well.
      await sql`update public.traders set created_at = (select max(created_at) from public.traders where owner = 'emma')
        where id = any(${made.slice(0, 3)}::uuid[])`;
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await traders.list("emma", { ...FIRST_PAGE, limit: 2, cursor });
        seen.push(...page.traders.map(({ id }) => id));
        cursor = page.cursor ?? undefined;
      } while (cursor !== undefined);
      expect(seen).toHaveLength(7);
      expect([...seen].sort()).toEqual([...made].sort());
      expect((await traders.list("emma", { ...FIRST_PAGE, enabled: true })).traders).toHaveLength(4);
      expect((await traders.list("fritz", FIRST_PAGE)).traders).toEqual([]);
    });

    test("a trader is listed and read with the last run that ended, of the interval that it runs at now", async () => {
      const { id } = await traders.create("gerda", aTrader({ triggerInterval: "15m" }), undefined);
      const closeOf = (index: number): never => minuteClose(index * 15 + 14) as never;
      const last = async (): Promise<unknown> => {
        const [listed] = (await traders.list("gerda", FIRST_PAGE)).traders;
        expect(await traders.read("gerda", id)).toEqual(listed as never);
        return listed?.lastExecution;
      };
      const run = async (index: number, failed: boolean): Promise<void> => {
        await executions.schedule(ofSpot("15m"), closeOf(index), 10);
        const claim = (await executions.claim(10, 30_000)).find(({ traderId }) => traderId === id) as never;
        const matches = SYMBOLS.slice(0, 2).map((symbol) => ({ symbol, price: 1, facts: {} }));
        const error = failed ? "it broke" : null;
        const outcome = { matches, symbolsChecked: 4, skipped: 1, errors: 2, error, failed };
        const rows = new StatementRoom().take(matches, 0);
        await executions.finishAll([{ ended: { claim, outcome, pending: [] }, rows, isLast: true }]);
      };
      expect(await last()).toBeNull();
      const told = { interval: "15m", symbolsChecked: 4, matches: 2, signals: 2, skipped: 1, errors: 2 };
      await run(0, false);
      expect(await last()).toMatchObject({ ...told, closeTime: closeOf(0), status: "done", error: null });
      await run(1, true);
      const failed = { ...told, closeTime: closeOf(1), status: "failed", error: "it broke" };
      expect(await last()).toMatchObject({ ...failed, finishedAt: expect.any(Number) });
      // One that waits isn't the last one that ended.
      await executions.schedule(ofSpot("15m"), closeOf(2), 10);
      expect(await last()).toMatchObject(failed);
      await traders.update("gerda", id, { triggerInterval: "5m" }, undefined);
      expect(await last()).toBeNull();
      await traders.delete("gerda", id);
    });

    test("signals are filtered and paged, each owner's apart", async () => {
      const anna = await traders.create("anna", aTrader(), undefined);
      const berta = await traders.create("berta", aTrader(), undefined);
      for (let index = 0; index < 5; index += 1) {
        for (const trader of [anna, berta]) {
          const matches = SYMBOLS.slice(0, 2).map((symbol) => ({
            symbol,
            price: index / 7,
            facts: { index, 'a"b': [null, "ü"] },
          }));
          await executions.storeBeside(
            { traderId: trader.id, interval: "1m", closeTime: minuteClose(index) },
            trader,
            matches,
            () => {},
          );
        }
      }
      const list = async (owner: Owner, query: object): Promise<number> =>
        (await signals.list(owner, { ...EVERYTHING, cursor: undefined, limit: 100, ...query })).signals.length;
      expect(await list(EVERYONE, {})).toBe(20);
      expect(await list("*", {})).toBe(0);
      expect(await list("anna", {})).toBe(10);
      expect(await list("anna", { traderId: berta.id })).toBe(0);
      expect(await list("anna", { traderId: anna.id, symbol: SYMBOLS[0] })).toBe(5);
      expect(await list("anna", { from: minuteClose(1), to: minuteClose(2) })).toBe(4);
      expect(await list("anna", { interval: "5m" })).toBe(0);
      const lower = SYMBOLS[0]?.slice(0, 2).toLowerCase();
      expect(await list("anna", { search: [lower ?? ""] })).toBe(5);
      expect(await list("anna", { search: ["usdt"] })).toBe(10);
      expect(await list("anna", { search: ["NOTHING_"] })).toBe(0);
      expect(await list("anna", { search: ["NOTHING_", lower ?? ""] })).toBe(5);
      await traders.update("anna", anna.id, { name: "Breakout of Ü" });
      expect([await list("anna", { search: ["KOUT"] }), await list(EVERYONE, { search: ["of ü"] })]).toEqual([10, 10]);
      const first = await signals.list("anna", { ...EVERYTHING, cursor: undefined, limit: 4 });
      const second = await signals.list("anna", { ...EVERYTHING, cursor: first.cursor ?? undefined, limit: 100 });
      const ids = [...first.signals, ...second.signals].map(({ id }) => id);
      expect(ids).toEqual([...ids].sort((a, b) => b - a));
      expect([ids.length, second.cursor]).toEqual([10, null]);
      expect(first.signals[0]).toMatchObject({
        price: 4 / 7,
        facts: { index: 4, 'a"b': [null, "ü"] },
        closeTime: minuteClose(4),
      });
      expect(await signals.lastId()).toBe(Math.max(...(await signals.after(0, 100)).map(({ signal }) => signal.id)));
    });

    test("a filter looks at a bounded number of signals of all traders together, and pages go on without a signal twice or none", async () => {
      const made = [await traders.create("kim", aTrader()), await traders.create("kim", aTrader())];
      // Two traders with 6,000 signals each, and one with none. Every 1,000th is of another interval.
      for (const [at, { id }] of made.entries()) {
        await sql`insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price)
          select ${id}, 1, 'S' || n % 3, case n % 1000 when ${at} then '5m' else '1m' end, n, 1 from generate_series(1, 6000) n`;
      }
      await traders.create("kim", aTrader());
      const pages = async (query: object): Promise<number[][]> => {
        const seen: number[][] = [];
        let cursor: string | undefined;
        do {
          const page = await signals.list("kim", { ...EVERYTHING, limit: 500, ...query, cursor });
          seen.push(page.signals.map(({ id }) => id));
          cursor = page.cursor ?? undefined;
        } while (cursor !== undefined);
        return seen;
      };
      const ids = async (where: string): Promise<unknown[]> =>
        (
          await sql.unsafe(`select s.id from public.signals s join public.traders t on t.id = s.trader_id
            where t.owner = 'kim' and ${where} order by s.id desc`)
        ).map(({ id }) => id);
      expect((await pages({})).flat()).toEqual((await ids("true")) as never);
      const rare = await pages({ interval: "5m" });
      expect(rare.flat()).toEqual((await ids("s.interval = '5m'")) as never);
      // Of 1,666 signals of each trader that a statement looks at, one or two are wanted.
      expect(rare.length).toBeGreaterThan(4);
      expect((await pages({ from: 10_000 })).flat()).toEqual([]);
      const some = { symbol: "S1" as never, to: 40, traderId: made[0]?.id };
      expect((await pages(some)).flat()).toEqual(
        (await ids(`s.symbol = 'S1' and s.close_time <= 40 and s.trader_id = '${some.traderId}'`)) as never,
      );
    });

    test("a trader is deleted in parts, each in its turn, and again where that failed halfway", async () => {
      const { id } = await traders.create("lena", aTrader(), minuteClose(-1));
      await sql`insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price)
        select ${id}, 1, 'S', '1m', n, 1 from generate_series(1, 5000) n`;
      await sql`insert into public.executions (trader_id, interval, close_time) select ${id}, '1m', n from generate_series(1, 3000) n`;
      const left = async (table: string): Promise<unknown> =>
        (await sql.unsafe(`select count(*)::integer as count from public.${table} where trader_id = '${id}'`))[0]
          ?.count;
      let parts = 0;
      const failing = traders.delete("lena", id, async (part) => {
        if (parts === 2) throw new Error("the process ends");
        parts += 1;
        return await part();
      });
      await expect(failing).rejects.toThrow("the process ends");
      expect(await left("signals")).toBe(4_000);
      expect((await traders.read("lena", id))?.enabled).toBe(false);
      const deleted: number[] = [];
      const inParts = traders.delete("lena", id, async (part) => {
        const before = [await left("signals"), await left("executions")] as [number, number];
        const result = await part();
        deleted.push(
          before[0] - ((await left("signals")) as number),
          before[1] - ((await left("executions")) as number),
        );
        return result;
      });
      expect(await inParts).toBe(true);
      expect(Math.max(...deleted)).toBe(1_000);
      expect([await left("signals"), await left("executions"), await traders.read("lena", id)]).toEqual([
        0,
        0,
        undefined,
      ]);
      expect(await traders.delete("lena", id)).toBe(false);
    });

    /** Deletes executions that are older than 30 days. Gives back how many. */
    const expired = async (): Promise<number> => {
      const retention = new Retention(sql, { signals: 0, executions: 30 }, new ManualClock());
      await retention.sweep();
      return retention.figures().executions;
    };

    test("old executions go, what waits and the signals stay", async () => {
      const { id } = await traders.create("gerda", aTrader({ triggerInterval: "1h" }), undefined);
      const add = async (hour: number, status: string, pending: string[], days: number): Promise<void> => {
        await sql`insert into public.executions (trader_id, interval, close_time, status, pending, created_at)
          values (${id}, '1h', ${hour}, ${status}, ${pending}::text[], now() - ${days}::integer * interval '1 day')`;
      };
      await add(1, "done", [], 31);
      await add(2, "failed", [], 31);
      await add(3, "done", ["AAAUSDT"], 31);
      await add(4, "queued", [], 31);
      await add(5, "done", [], 29);
      expect(await expired()).toBe(2);
      const left = await sql`select close_time from public.executions where trader_id = ${id} order by 1`;
      expect(left.map(({ close_time }) => close_time)).toEqual([3, 4, 5]);
    });

    test("a trader's last execution stays, however old: the close after it is the next one", async () => {
      const monthClose = (month: number): UnixMs => closeTimeOf("1M", Date.UTC(2026, month) as UnixMs);
      const { id } = await traders.create("inge", aTrader({ triggerInterval: "1M" }), monthClose(0));
      for (const month of [1, 2]) expect(await executions.schedule(ofSpot("1M"), monthClose(month), 240)).toBe(1);
      await sql`update public.executions set status = 'done', created_at = now() - interval '31 days' where trader_id = ${id}`;
      expect(await expired()).toBe(1);
      expect(await executions.schedule(ofSpot("1M"), monthClose(3), 240)).toBe(1);
      const left = await sql`select close_time from public.executions where trader_id = ${id} order by 1`;
      expect(left.map(({ close_time }) => close_time)).toEqual([monthClose(2), monthClose(3)]);
    });

    test("the queries use the indexes", async () => {
      const { sql: big } = await databases.migrated();
      await big
        .unsafe(`
        insert into public.traders (owner, name, enabled, code, timeframes, trigger_interval)
          select 'owner ' || n % 100, 'x', n % 2 = 0, 'x', '{1m}', case n % 3 when 0 then '1m' when 1 then '5m' else '1h' end from generate_series(1, 2000) n;
        insert into public.executions (trader_id, interval, close_time, status, pending)
          select id, '1m', n, case when n = 20 then 'queued' else 'done' end, case when n = 19 then '{AAAUSDT}' else '{}' end::text[]
          from public.traders, generate_series(1, 20) n;
        insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price)
          select id, 1, 'S' || n, '1m', n, 1 from public.traders, generate_series(1, 20) n;
        insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price)
          select id, 1, 'RARE', '1m', 1, 1 from public.traders where owner = 'owner 7';
        analyze`)
        .simple();
      const [{ id } = { id: "" }] = await big<{ id: string }[]>`select id from public.traders limit 1`;
      const plan = async (query: string): Promise<string> =>
        (await big.unsafe(`explain ${query}`)).map((row) => row["QUERY PLAN"]).join("\n");
      const uses: [string, string][] = [
        [
          `select * from traders where owner = 'owner 7' order by created_at desc, id desc limit 51`,
          "traders_by_owner",
        ],
        [`select count(*) from traders where owner = 'owner 7'`, "traders_by_owner"],
        [`select max(close_time) from executions where trader_id = '${id}' and interval = '1m'`, "executions_pkey"],
        [
          `select from executions e where e.status in ('queued', 'running') and trader_id = '${id}' and interval = '1m' and close_time < 20`,
          "executions_unfinished",
        ],
        [
          `select * from executions where interval = '1m' and pending <> '{}' order by close_time, trader_id limit 10`,
          "executions_pending",
        ],
        [
          `delete from executions e where created_at < now() - interval '30 days' and status in ('done', 'failed') and pending = '{}'
            and exists (select from executions later where later.trader_id = e.trader_id and later.interval = e.interval and later.close_time > e.close_time)`,
          "executions_by_age",
        ],
        [`select * from signals where trader_id = '${id}' order by id desc limit 51`, "signals_by_trader"],
        [`select * from signals where symbol = 'RARE' order by id desc limit 51`, "signals_by_symbol"],
        [`select * from signals where id > 39000 order by id limit 100`, "signals_pkey"],
        [
          `select from signals s where trader_id = '${id}' and symbol = 'S7' and interval = '1m' and close_time >= 3 and close_time < 9`,
          "signals_trader_id_symbol_interval_close_time_key",
        ],
        [`select from executions where trader_id = '${id}' and interval = '1m' and close_time = 4`, "executions_pkey"],
      ];
      for (const [query, index] of uses) expect(`${query}: ${await plan(query)}`).toContain(index);
    });
  });
});

describe("a database that isn't there", () => {
  test("is told as one that may come back", async () => {
    const sql = openDatabase({ url: "postgres://postgres@localhost/x?host=%2Fnonexistent-vyx", connections: 1 });
    const asked = new TradersTable(sql).count();
    await expect(asked).rejects.toThrow(DatabaseUnreachable);
    await sql.end();
  });

  test("an address that is none is refused without being repeated, as it may hold a password", () => {
    expect(() => openDatabase({ url: "mysql://u:secret@h/d", connections: 1 })).toThrow(
      "the database's address is not one",
    );
    expect(() => openDatabase({ url: "secret", connections: 1 })).not.toThrow("secret");
  });
});

test.skipIf(isMissing("PostgreSQL"))("an owner has so many traders at most", async () => {
  const databases = await startDatabases("PostgreSQL");
  const { sql } = await databases.migrated();
  await sql`insert into public.traders (owner, name, code, timeframes, trigger_interval)
    select 'anna', 'n', 'c', '{1m}', '1m' from generate_series(1, 499)`;
  const table = new TradersTable(sql);
  await table.create("anna", aTrader(), undefined);
  await expect(table.create("anna", aTrader(), undefined)).rejects.toThrow(TooManyTraders);
  await table.create("berta", aTrader(), undefined);
  await sql`delete from public.traders where id in (select id from public.traders where owner = 'anna' limit 1)`;
  const together = await Promise.allSettled([1, 2, 3, 4].map(() => table.create("anna", aTrader(), undefined)));
  expect(together.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  await databases.stop();
});

test.skipIf(isMissing("PostgreSQL"))(
  "a trader that is deleted while a close is scheduled keeps nobody else's from it",
  async () => {
    const databases = await startDatabases("PostgreSQL");
    try {
      const { sql } = await databases.migrated();
      const traders = new TradersTable(sql);
      const [gone, kept] = [
        await traders.create("anna", aTrader(), undefined),
        await traders.create("berta", aTrader(), undefined),
      ];
      const executions = new ExecutionsTable(sql);
      let scheduled: Promise<number> | undefined;
      await sql.begin(async (transaction) => {
        await transaction`delete from public.traders where id = ${gone.id}`;
        // It finds both, and waits for this transaction to end.
        scheduled = executions.schedule(ofSpot("1m"), minuteClose(1), 10);
        scheduled.catch(() => {});
        await until(async () => {
          const [row] = await sql`select count(*)::integer as count from pg_locks where not granted`;
          return row?.count > 0;
        });
      });
      expect(await scheduled).toBe(1);
      const rows = await sql`select trader_id from public.executions`;
      expect(rows.map(({ trader_id }) => trader_id)).toEqual([kept.id]);
    } finally {
      await databases.stop();
    }
  },
);
