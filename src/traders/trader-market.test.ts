import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { DATABASES, isMissing, startDatabases, type TestDatabases } from "../../tests/helpers/databases.ts";
import { aTrader, minuteClose, SYMBOLS } from "../../tests/helpers/made-up-traders.ts";
import { ofSpot } from "../../tests/helpers/schedules.ts";
import { assert, isSymbolText, MARKET_IDS, marketOf, parseSymbol, type Symbol } from "../core/mod.ts";
import { ExecutionsTable, type Sql, TradersTable, writeRows } from "./mod.ts";

const BYBIT = SYMBOLS.map((symbol) => parseSymbol(`BYBIT:${symbol}`));
const [FIRST] = BYBIT as [Symbol];

describe.each(DATABASES)("the market of a trader, on %s", (kind) => {
  describe.skipIf(isMissing(kind))("", () => {
    let databases: TestDatabases;
    let sql: Sql;
    let traders: TradersTable;
    let executions: ExecutionsTable;
    beforeAll(async () => {
      databases = await startDatabases(kind);
      ({ sql } = await databases.migrated());
      traders = new TradersTable(sql);
      executions = new ExecutionsTable(sql);
    });
    afterAll(() => databases?.stop());

    const bybit = { market: "bybit", interval: "1m" } as const;
    const rowsOf = async (id: string): Promise<unknown[]> => [
      ...(await sql`select close_time, status, pending from public.executions where trader_id = ${id} order by 1`),
    ];

    test("is that of its symbols, Binance spot unless they say otherwise, and comes back as it was given", async () => {
      const marketOfNew = async (change: object): Promise<unknown> => {
        const made = await traders.create("anna", aTrader(change), undefined);
        expect(await traders.read("anna", made.id)).toEqual({
          ...made,
          lastExecution: null,
          signals: { today: 0, total: 0 },
        });
        return made.market;
      };
      expect(await marketOfNew({})).toBe("binance");
      expect(await marketOfNew({ symbols: BYBIT })).toBe("bybit");
      for (const market of MARKET_IDS) expect(await marketOfNew({ market })).toBe(market);
      const perpetual = parseSymbol("BINANCE:BTCUSDT.P");
      expect(await marketOfNew({ market: "binance-usdm", symbols: [perpetual] })).toBe("binance-usdm");
      await sql`delete from public.traders`;
    });

    test("the database reads a symbol's market as the program does, and refuses what isn't written as it writes it", async () => {
      const names = [
        "BTCUSDT",
        "BTC-USDT",
        "X",
        "币安人生USDT",
        "BTCUSDT_260327",
        "BTCUSDT_2603277",
        "_260327",
        "A.P",
        "1000PEPEUSDT",
      ];
      const texts = ["", "BINANCE:", "BYBIT:", "OKX:", "BYBIT:BYBIT:", "binance:", ":"].flatMap((exchange) =>
        [...names, "", ".P", "P", "btcusdt", "A B", "X".repeat(64), "X".repeat(65)].flatMap((name) =>
          ["", ".P"].map((suffix) => `${exchange}${name}${suffix}`),
        ),
      );
      for (const symbol of texts) {
        const isOurs = isSymbolText(symbol) && parseSymbol(symbol) === symbol;
        const [row] = await sql`
          select public.vyx_are_symbols(array[${symbol}::text]) as is_symbol, public.vyx_market_of(${symbol}::text) as market`;
        const told = { symbol, market: row?.is_symbol === true ? row.market : null };
        expect(told).toEqual({ symbol, market: isOurs ? marketOf(parseSymbol(symbol)) : null });
      }
    });

    test("no trader has symbols of another market, whoever writes it", async () => {
      const { id } = await traders.create("anna", aTrader({ symbols: BYBIT }), undefined);
      const refused = async (change: object): Promise<void> => {
        await expect(traders.update("anna", id, change)).rejects.toThrow("traders_symbols_are_of_its_market");
      };
      await refused({ symbols: SYMBOLS });
      await refused({ market: "binance" });
      await refused({ market: "bybit-linear" });
      await refused({ symbols: [FIRST, parseSymbol("BYBIT:AAAUSDT.P")] });
      await expect(traders.create("anna", aTrader({ market: "binance", symbols: BYBIT }))).rejects.toThrow(
        "traders_symbols_are_of_its_market",
      );
      await expect(sql`update public.traders set market = 'okx' where id = ${id}`.execute()).rejects.toThrow(
        "traders_market_is_known",
      );
      expect(await traders.update("anna", id, { market: "binance", symbols: SYMBOLS })).toMatchObject({
        market: "binance",
        version: 2,
      });
      await sql`delete from public.traders`;
    });

    test("closes, late symbols and claims of one market leave the other's alone", async () => {
      const here = await traders.create("anna", aTrader(), minuteClose(-1));
      const there = await traders.create("anna", aTrader({ market: "bybit" }), minuteClose(-1));
      expect(await executions.triggers()).toEqual(
        expect.arrayContaining([
          { market: "binance", interval: "1m" },
          { market: "bybit", interval: "1m" },
        ]),
      );
      expect(await executions.schedule(bybit, minuteClose(1), 10)).toBe(2);
      expect([(await rowsOf(here.id)).length, (await rowsOf(there.id)).length]).toEqual([0, 2]);
      expect(await executions.schedule(ofSpot("1m"), minuteClose(0), 10)).toBe(1);
      expect((await executions.claim(9, 60_000, undefined, ["binance"])).map(({ traderId }) => traderId)).toEqual([
        here.id,
      ]);
      expect(await executions.claim(9, 60_000, undefined, ["binance", "binance-usdm"])).toEqual([]);
      expect((await executions.claim(9, 60_000, undefined, ["bybit"])).map(({ traderId }) => traderId)).toEqual([
        there.id,
      ]);
      await sql`update public.executions set status = 'queued', lease_token = null, lease_until = clock_timestamp() + interval '1 minute'
        where trader_id = ${there.id} and close_time = ${minuteClose(0)}`;
      expect(await executions.firstRetryMs(["binance"])).toBeUndefined();
      expect(await executions.firstRetryMs(["bybit"])).toBeNumber();
      await sql`update public.executions set status = 'done', pending = '{AAAUSDT}' where trader_id = ${here.id}`;
      await sql`update public.executions set status = 'done', pending = ${[FIRST]}::text[] where trader_id = ${there.id}`;
      expect((await executions.late(ofSpot("1m"), 9)).map(({ traderId }) => traderId)).toEqual([here.id]);
      expect((await executions.late(bybit, 9)).map(({ pending }) => pending)).toEqual([[FIRST], [FIRST]]);
      expect(await executions.lateSchedules()).toHaveLength(2);
      expect(await executions.giveUpWaiting(bybit, minuteClose(0))).toBe(1);
      expect(await executions.giveUpWaiting(ofSpot("1m"), minuteClose(9))).toBe(1);
      expect(await executions.lateSchedules()).toEqual([bybit]);
      await sql`update public.executions set created_at = to_timestamp(0)`;
      await traders.update("anna", there.id, { enabled: true }, minuteClose(90));
      expect(await executions.turnBack(ofSpot("1m"), minuteClose(-2))).toBe(1);
      const [after] = await sql`select runs_after from public.traders where id = ${there.id}`;
      expect([after?.runs_after, (await rowsOf(there.id)).length]).toEqual([minuteClose(90), 2]);
      expect(await executions.turnBack(bybit, minuteClose(0))).toBe(1);
      await sql`delete from public.traders`;
    });

    test("another market begins the trader anew: nothing of the one before is run or waited for any more", async () => {
      const { id } = await traders.create("anna", aTrader(), minuteClose(-1));
      await executions.schedule(ofSpot("1m"), minuteClose(4), 10);
      await sql`update public.executions set status = 'done', pending = '{AAAUSDT}' where trader_id = ${id} and close_time <= ${minuteClose(1)}`;
      await sql`update public.executions set status = 'done' where trader_id = ${id} and close_time = ${minuteClose(3)}`;
      const [running] = await executions.claim(1, 60_000);
      assert(running !== undefined && running.closeTime === minuteClose(2), "the oldest that waits is claimed");
      // The new market's last close is before that of the old one.
      const moved = await traders.update("anna", id, { market: "bybit" }, minuteClose(0));
      expect(moved).toMatchObject({ market: "bybit", version: 2 });
      expect(await rowsOf(id)).toEqual([{ close_time: minuteClose(0), status: "done", pending: [] }]);
      // What was under way has lost its execution, and stores nothing.
      const outcome = { matches: [], symbolsChecked: 1, skipped: 0, errors: 0, error: null, failed: false };
      const ended = { claim: running, outcome, pending: [] };
      expect(await executions.finishAll([{ ended, rows: [], isLast: true }])).toEqual([undefined]);
      expect(await executions.schedule(ofSpot("1m"), minuteClose(9), 10)).toBe(0);
      expect(await executions.schedule(bybit, minuteClose(2), 10)).toBe(2);
      // Whoever moves it: while the last close isn't known, the first one that is announced is its first.
      await sql`update public.traders set market = 'binance' where id = ${id}`;
      expect(await executions.schedule(ofSpot("1m"), minuteClose(20), 10)).toBe(1);
      expect(await rowsOf(id)).toMatchObject([{ close_time: minuteClose(0) }, { close_time: minuteClose(20) }]);
      await sql`delete from public.traders`;
    });

    test("rows of a backup from before there were markets are Binance spot's", async () => {
      const { id } = await traders.create("anna", aTrader({ symbols: SYMBOLS }), undefined);
      const [row] = await sql`select row_to_json(t) as row from public.traders t where id = ${id}`;
      await sql`delete from public.traders`;
      assert(row !== undefined, "it was just made");
      const { market, ...old } = row.row;
      expect(market).toBe("binance");
      const texts = [JSON.stringify(old)];
      expect(await sql.begin((to) => writeRows(to, "traders", texts, { keepsIds: true }))).toBe(1);
      expect(await traders.read("anna", id)).toMatchObject({ market: "binance", symbols: SYMBOLS });
      await sql`delete from public.traders`;
    });
  });
});
