import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import { DATABASES, isMissing, startDatabases, type TestDatabases } from "../../../tests/helpers/databases.ts";
import { aTrader, minuteClose, RuleMarkets, RuleScreener, SYMBOLS } from "../../../tests/helpers/made-up-traders.ts";
import { type MarketId, parseSymbol, type Symbol, VyxError } from "../../core/mod.ts";
import type { FunctionName, ListedTrader, Signal, Trader, TriggerExecutionsAnswer } from "../../wire/mod.ts";
import { createTraders, FunctionProblem, type Sql, type Traders } from "../mod.ts";

class Unreachable extends VyxError {
  readonly code = "network";
  readonly retryable = true;
}

const SERVED: readonly MarketId[] = ["binance", "bybit"];
const BYBIT = SYMBOLS.map((symbol) => parseSymbol(`BYBIT:${symbol}`));
const [BTC, ETH] = BYBIT as [Symbol, Symbol];

describe.each(DATABASES)("functions of several markets on %s", (kind) => {
  describe.skipIf(isMissing(kind))("", () => {
    let databases: TestDatabases;
    let sql: Sql;
    let markets: RuleMarkets;
    let traders: Traders;
    beforeAll(async () => {
      databases = await startDatabases(kind);
    });
    afterAll(() => databases?.stop());
    beforeEach(async () => {
      ({ sql } = await databases.migrated());
      start(SERVED);
    });

    /** As a process that begins with these markets. */
    const start = (served: readonly MarketId[]): void => {
      markets = new RuleMarkets(served);
      traders = createTraders({
        sql,
        connections: kind === "PGlite" ? 1 : 4,
        market: markets,
        screener: new RuleScreener(),
        clock: new ManualClock(),
        stopwatch: () => 0,
        log: { info: () => {}, warn: () => {} },
        origins: [],
        authorize: async () => {
          throw new FunctionProblem("unauthorized", "the test says who calls");
        },
        onError: (_, cause) => {
          throw cause;
        },
      });
    };
    const call = async <T>(name: FunctionName, path = "", body?: object, method?: string): Promise<T> => {
      const request = new Request(`http://host/functions/v1/${name}${path}`, {
        method: method ?? (body === undefined ? "GET" : "POST"),
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      const isService = name === "execute-trader" || name === "trigger-executions";
      return (await (await traders.functions(name, request, { owner: "anna", isService })).json()) as T;
    };
    const make = async (change: object): Promise<Trader> => await call("traders", "", { ...PLAIN, ...change });
    const change = async (id: string, body: object): Promise<object> => await call("traders", `/${id}`, body, "PATCH");
    const signals = async (): Promise<readonly Signal[]> =>
      (await call<{ signals: Signal[] }>("signals", "?limit=500")).signals;
    const { market: _, ...PLAIN } = aTrader();

    test("a trader is of the market of its symbols, or of the server's first one", async () => {
      expect((await make({})).market).toBe("binance");
      expect((await make({ symbols: SYMBOLS })).market).toBe("binance");
      expect(await make({ symbols: ["bybit:aaausdt"] })).toMatchObject({ market: "bybit", symbols: [BTC] });
      expect((await make({ market: "bybit" })).market).toBe("bybit");
      start(["bybit", "binance"]);
      expect((await make({})).market).toBe("bybit");
      expect((await make({ symbols: SYMBOLS })).market).toBe("binance");
    });

    test.each([
      [{ symbols: ["AAAUSDT", "BYBIT:AAAUSDT"] }, "symbols: AAAUSDT is of Binance spot, BYBIT:AAAUSDT of Bybit spot"],
      [{ symbols: ["BYBIT:AAAUSDT", "BYBIT:AAAUSDT.P"] }, "BYBIT:AAAUSDT.P of Bybit linear perpetuals: a trader"],
      [{ market: "bybit", symbols: ["AAAUSDT"] }, "AAAUSDT is of Binance spot, and the trader's market is bybit"],
      [{ market: "okx" }, 'market is "okx": expected one of binance, binance-usdm, bybit, bybit-linear'],
      [
        { market: "binance-usdm" },
        "Binance USDⓈ-M perpetuals is not served here: expected one of the markets binance (Binance spot), bybit (Bybit spot)",
      ],
      [{ symbols: ["BYBIT:AAAUSDT.P"] }, "Bybit linear perpetuals is not served here: expected one of the markets"],
      [{ symbols: ["BYBIT:NOPEUSDT"] }, "symbols has BYBIT:NOPEUSDT, which is not followed here"],
    ])("a wrong one is refused in words: %j", async (body, words) => {
      const refused = { code: "invalid_parameter", detail: expect.stringContaining(words) };
      expect(await make(body)).toMatchObject(refused as never);
      const { id } = await make({});
      expect(await change(id, body)).toMatchObject(refused);
    });

    test("a change moves it to the market that it names, or that its symbols are of, and begins it anew there", async () => {
      markets.of("binance").last = minuteClose(7);
      markets.of("bybit").last = minuteClose(3);
      const { id } = await make({});
      await call("trigger-executions", "", { trigger: "close", interval: "1m", closeTime: minuteClose(9) });
      expect(await signals()).toHaveLength(2 * SYMBOLS.length);
      expect(await change(id, { market: "binance", name: "same" })).toMatchObject({ market: "binance", version: 1 });
      expect(await change(id, { symbols: [BTC] })).toMatchObject({ market: "bybit", version: 2 });
      expect(await change(id, { market: "binance" })).toMatchObject({
        detail: `symbols: ${BTC} is of Bybit spot, and the trader's market is binance (Binance spot)`,
      });
      expect(await change(id, { symbols: [ETH] })).toMatchObject({ market: "bybit", version: 3 });
      expect(await change(id, { symbols: null })).toMatchObject({ market: "bybit", symbols: null, version: 4 });
      // What the market that is ahead has closed doesn't count for this one.
      markets.of("bybit").last = minuteClose(5);
      await call("trigger-executions", "", { trigger: "cron" });
      const there = (await signals()).filter(({ symbol }) => symbol.startsWith("BYBIT:"));
      expect([...new Set(there.map(({ closeTime }) => closeTime))].sort()).toEqual([minuteClose(4), minuteClose(5)]);
      expect(there).toHaveLength(2 * BYBIT.length);
      expect(await change(id, { market: "binance" })).toMatchObject({ market: "binance", version: 5 });
    });

    test("of a market that isn't served any more, its listing says so, and its runs wait until the market is back", async () => {
      const [here, there] = [await make({}), await make({ market: "bybit" })];
      await traders.executions.schedule({ market: "bybit", interval: "1m" }, minuteClose(1), 10);
      start(["binance"]);
      const why = "Bybit spot is not served here: expected one of the markets binance (Binance spot)";
      const { traders: listed } = await call<{ traders: ListedTrader[] }>("traders");
      expect(listed.map(({ id, problem }) => [id, problem])).toEqual([
        [there.id, why],
        [here.id, null],
      ]);
      expect(await call<ListedTrader>("traders", `/${there.id}`)).toMatchObject({ problem: why });
      await call("traders", `/${there.id}/enable`, { enabled: false });
      expect(await call<object>("traders", `/${there.id}/enable`, { enabled: true })).toMatchObject({ detail: why });
      expect(await call<object>("execute-trader", "", { traderId: there.id })).toMatchObject({ detail: why });
      expect(await call<object>("trigger-executions", "", { trigger: "cron", market: "bybit" })).toMatchObject({
        detail: why,
      });
      await sql`update public.traders set enabled = true where id = ${there.id}`;
      await traders.executions.schedule({ market: "bybit", interval: "1m" }, minuteClose(1), 10);
      markets.of("binance").last = minuteClose(1);
      await call("trigger-executions", "", { trigger: "cron" });
      expect(new Set((await signals()).map(({ traderId }) => traderId))).toEqual(new Set([here.id]));
      start(SERVED);
      markets.of("bybit").last = minuteClose(1);
      await call("trigger-executions", "", { trigger: "cron" });
      expect(new Set((await signals()).map(({ traderId }) => traderId))).toEqual(new Set([here.id, there.id]));
    });

    test("symbols of a market that isn't served are given up when the ones of a served market would be", async () => {
      const { id } = await make({ market: "bybit" });
      for (const index of [-30, -5]) {
        await sql`insert into public.executions (trader_id, interval, close_time, status, pending)
          values (${id}, '1m', ${minuteClose(index)}, 'done', ${[BTC]}::text[])`;
      }
      const waiting = async (): Promise<unknown> =>
        (await sql`select pending, skipped, error from public.executions order by close_time`).map((row) => ({
          ...row,
        }));
      start(["binance"]);
      await call("trigger-executions", "", { trigger: "cron" });
      const error = "Bybit spot is not served here: expected one of the markets binance (Binance spot)";
      expect(await waiting()).toEqual([
        { pending: [], skipped: 1, error },
        { pending: [BTC], skipped: 0, error: null },
      ]);
      start(SERVED);
      markets.of("bybit").last = minuteClose(-5);
      await call("trigger-executions", "", { trigger: "cron" });
      expect(await waiting()).toMatchObject([{ skipped: 1 }, { pending: [], skipped: 0, error: null }]);
      expect(await signals()).toMatchObject([{ symbol: BTC, closeTime: minuteClose(-5) }]);
    });

    test("closes and looks are of the first market, or of the one that is named; one that can't be read holds up no other", async () => {
      const [here, there] = [await make({}), await make({ market: "bybit" })];
      const trigger = async (body: object): Promise<TriggerExecutionsAnswer> =>
        await call("trigger-executions", "", { interval: "1m", ...body });
      const ran = ({ executions, candlesClosed }: TriggerExecutionsAnswer): unknown => ({
        traders: executions.map(({ traderId }) => traderId),
        closed: candlesClosed.map(({ market, closeTime, symbols }) => [market, closeTime, symbols]),
      });
      expect(ran(await trigger({ trigger: "close", closeTime: minuteClose(1) }))).toEqual({
        traders: [here.id],
        closed: [["binance", minuteClose(1), SYMBOLS]],
      });
      expect(ran(await trigger({ trigger: "close", market: "bybit", closeTime: minuteClose(1) }))).toEqual({
        traders: [there.id],
        closed: [["bybit", minuteClose(1), BYBIT]],
      });
      for (const market of SERVED) markets.of(market).last = minuteClose(2);
      expect(ran(await trigger({ trigger: "manual", market: "bybit" }))).toMatchObject({ traders: [there.id] });
      markets.of("bybit").fault = () => new Unreachable("away");
      expect(ran(await trigger({ trigger: "cron" }))).toEqual({
        traders: [here.id],
        closed: [["binance", minuteClose(2), SYMBOLS]],
      });
      markets.of("binance").fault = () => new Unreachable("away, too");
      expect(await trigger({ trigger: "cron" })).toMatchObject({ fallback: true } as never);
      for (const market of SERVED) markets.of(market).fault = undefined;
      markets.of("binance").last = minuteClose(5);
      expect(ran(await trigger({ trigger: "cron" }))).toMatchObject({ traders: [here.id, here.id, here.id] });
    });

    test("one is run by hand at the last close of its market, over symbols of its market", async () => {
      markets.of("binance").last = minuteClose(7);
      markets.of("bybit").last = minuteClose(3);
      const { id } = await make({ market: "bybit", enabled: false });
      const execute = async (body: object): Promise<object> =>
        await call("execute-trader", "", { traderId: id, ...body });
      const whole = { market: "bybit", closeTime: minuteClose(3), matches: BYBIT };
      expect(await execute({})).toMatchObject(whole);
      expect(await execute({ market: "bybit" })).toMatchObject({ ...whole, signals: 0 });
      expect(await execute({ symbols: [ETH] })).toMatchObject({ matches: [ETH] });
      expect(await execute({ market: "binance" })).toMatchObject({
        detail: "market is binance, and the trader watches Bybit spot (bybit)",
      });
      expect(await execute({ symbols: SYMBOLS })).toMatchObject({
        detail: expect.stringContaining("AAAUSDT is of Binance spot, and the trader's market is bybit"),
      });
    });

    test("klines are those of any market", async () => {
      const body = { symbol: "bybit:aaausdt", timeframe: "1m" };
      expect(await call<object>("get-klines", "", body)).toMatchObject({ symbol: BTC, count: 0 });
      markets.of("bybit").fault = () => new Unreachable("away");
      expect(await call<object>("get-klines", "", body)).toMatchObject({ fallback: true });
    });
  });
});
