import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { SignJWT } from "jose";
import { ManualClock } from "../../../tests/helpers/clock.ts";
import { isMissing, startDatabases, type TestDatabases } from "../../../tests/helpers/databases.ts";
import { aTrader, minuteClose, RuleMarket, RuleScreener, SYMBOLS } from "../../../tests/helpers/made-up-traders.ts";
import { until } from "../../../tests/helpers/until.ts";
import { ClientError, signalsCsv } from "../../client/mod.ts";
import { InvalidInput, type Symbol, type UnixMs, VyxError } from "../../core/mod.ts";
import { HorizonTallies } from "../../strategy/mod.ts";

import {
  type FunctionName,
  SIGNAL_HORIZONS,
  type Signal,
  type SignalsAnswer,
  type Trader,
  type TraderPerformance,
  type VersionsAnswer,
} from "../../wire/mod.ts";
import {
  authorizeBy,
  createTraders,
  DATABASE_PLACES,
  FunctionProblem,
  type FunctionWork,
  type PerformanceAsked,
  type PerformanceSource,
  parseTradeKeys,
  ScreenerBusy,
  type Sql,
  TooManyChecks,
  type Traders,
  userTokens,
} from "../mod.ts";
import type { TradersParts } from "../traders.ts";

const SERVICE_KEY = "service-key-of-the-test";
const TRADE_KEY = "vyx_trade";
const JWT_SECRET = "a-secret-of-at-least-thirty-two-characters";
const ABSENT = "00000000-0000-4000-8000-000000000000";

class Unreachable extends VyxError {
  readonly code = "network";
  readonly retryable = true;
}

const hashOf = (key: string): string => new Bun.CryptoHasher("sha256").update(key).digest("hex");
const token = async (claims: Record<string, unknown>, expires = "1h", secret = JWT_SECRET): Promise<string> =>
  await new SignJWT(claims)
    .setProtectedHeader({ alg: "HS256" })
    .setExpirationTime(expires)
    .sign(new TextEncoder().encode(secret));

describe.skipIf(isMissing("PostgreSQL"))("functions", () => {
  let databases: TestDatabases;
  let sql: Sql;
  let market: RuleMarket;
  let screener: RuleScreener;
  let traders: Traders;
  let anna: string;
  const errors: unknown[] = [];

  beforeAll(async () => {
    databases = await startDatabases("PostgreSQL");
    anna = await token({ sub: "anna", role: "authenticated" });
  });
  afterAll(() => databases?.stop());
  beforeEach(async () => {
    ({ sql } = await databases.migrated());
    market = new RuleMarket();
    screener = new RuleScreener();
    errors.length = 0;
    traders = createTraders({ ...parts(), sql });
  });

  const parts = (): Omit<TradersParts, "sql"> => ({
    connections: 4,
    market,
    screener,
    clock: new ManualClock(),
    stopwatch: () => 0,
    log: { info: () => {}, warn: () => {} },
    origins: ["https://app.example.org"],
    authorize: authorizeBy({
      serviceKeys: [SERVICE_KEY],
      readToken: userTokens({ jwtSecret: JWT_SECRET, jwksUrl: undefined, issuer: undefined, now: () => Date.now() }),
      tradeKeys: parseTradeKeys(`bot:${hashOf(TRADE_KEY)}`),
    }),
    onError: (_, cause) => errors.push(cause),
  });

  type Init = { method?: string; body?: unknown; key?: string; headers?: Record<string, string>; text?: string };
  const call = async (name: FunctionName, path = "", init: Init = {}): Promise<Response> => {
    const { method, body, key = anna, headers = {}, text } = init;
    const payload = text ?? (body === undefined ? undefined : JSON.stringify(body));
    return await traders.functions(
      name,
      new Request(`http://host/functions/v1/${name}${path}`, {
        method: method ?? (payload === undefined ? "GET" : "POST"),
        headers: { ...(key === "" ? {} : { authorization: `Bearer ${key}` }), ...headers },
        ...(payload === undefined ? {} : { body: payload }),
      }),
    );
  };
  const answer = async <T>(response: Promise<Response>): Promise<T> => (await (await response).json()) as T;
  const problem = async (response: Promise<Response>): Promise<{ status: number; code: string; detail: string }> => {
    const { status, headers } = await response;
    expect(headers.get("content-type")).toBe("application/problem+json");
    return { ...(await answer<{ code: string; detail: string }>(response)), status };
  };
  const { enabled: _, ...PLAIN } = aTrader();

  test("versions of a trader, each with the outcomes of its signals", async () => {
    const { id } = await answer<Trader>(call("traders", "", { body: { ...PLAIN, enabled: true } }));
    await traders.engine.close({ interval: "1m", closeTime: minuteClose(1) });
    await call("traders", `/${id}`, { method: "PATCH", body: { code: "every 2" } });
    const { signals } = await answer<SignalsAnswer>(call("signals", `?traderId=${id}`));
    expect(signals).toHaveLength(SYMBOLS.length);
    const states = signals.map(({ outcomes }) => outcomes.map(({ horizon, state }) => `${horizon} ${state}`));
    expect(states[0]).toEqual(["1 pending", "4 pending", "16 pending", "96 pending"]);
    const { versions, count, cursor } = await answer<VersionsAnswer>(call("traders", `/${id}/versions`));
    expect([count, cursor]).toEqual([2, null]);
    expect(versions).toMatchObject([
      { version: 2, code: "every 2", signals: 0 },
      { version: 1, code: "every 1", signals: SYMBOLS.length },
    ]);
    const ids = signals.map((signal) => signal.id);
    await sql`insert into public.signal_outcomes select one, 1, 2, 3, 1, -1, 1 from unnest(${ids}::bigint[]) one`;
    await sql`insert into public.signal_outcomes (signal_id, horizon) values (${ids[0] ?? 0}, 4)`;
    const known = await answer<SignalsAnswer>(call("signals", `?traderId=${id}`));
    expect(known.signals[0]?.outcomes.map(({ state, returnPercent }) => [state, returnPercent])).toEqual([
      ["known", 2],
      ["unknown", null],
      ["pending", null],
      ["pending", null],
    ]);
    const table = await call("signals", `?traderId=${id}&limit=3`, { headers: { accept: "text/csv" } });
    expect([table.headers.get("content-type"), table.headers.get("vyx-cursor")]).toEqual([
      "text/csv; charset=utf-8",
      String(ids[2]),
    ]);
    const text = await table.text();
    expect(text).toBe(await signalsCsv(known.signals.slice(0, 3)));
    const [head, line, ...more] = text.split("\r\n");
    expect(head).toStartWith(
      "id,closeTime,symbol,interval,traderId,traderVersion,price,facts,state1,returnPercent1,bestPercent1,",
    );
    expect(line).toStartWith(`${ids[0]},${new Date(minuteClose(1)).toISOString()},DDDUSDT,1m,${id},1,`);
    expect(line).toEndWith(`"{""code"":""every 1""}",known,2,3,1,-1,1,unknown,,,,,,pending,,,,,,pending,,,,,`);
    expect(more).toHaveLength(3);
    for (const accept of ["application/json, text/csv;q=0", "application/json, text/csv;q=0.5", "text/csvx", "*/*"]) {
      expect((await call("signals", "", { headers: { accept } })).headers.get("content-type")).toBe("application/json");
    }
    for (const accept of ["text/csv; charset=utf-8", "TEXT/CSV;header=present;q=0.9, */*;q=0.1"]) {
      const type = (await call("signals", "", { headers: { accept } })).headers.get("content-type");
      expect(type).toBe("text/csv; charset=utf-8");
    }
    const performance = await answer<TraderPerformance>(
      call("traders", `/${id}/performance?version=1&feesPercent=0.5`),
    );
    expect(performance).toMatchObject({ version: 1, closes: 1, signals: 4, from: minuteClose(1), to: minuteClose(1) });
    expect(
      performance.outcomes.map(({ signals: { count: some, meanPercent, pending, unknown } }) => ({
        some,
        meanPercent,
        pending,
        unknown,
      })),
    ).toEqual([
      { some: 4, meanPercent: 1.5, pending: 0, unknown: 0 },
      { some: 0, meanPercent: null, pending: 3, unknown: 1 },
      { some: 0, meanPercent: null, pending: 4, unknown: 0 },
      { some: 0, meanPercent: null, pending: 4, unknown: 0 },
    ]);
    expect(performance.outcomes[0]?.edge.says).toStartWith("no edge seen: ");
    expect(await answer<TraderPerformance>(call("traders", `/${id}/performance`))).toMatchObject({
      version: 2,
      closes: 0,
      from: null,
    });
    const absent = await problem(call("traders", `/${id}/performance?version=3`));
    expect([absent.status, absent.detail]).toEqual([
      404,
      `trader ${id} has no version 3: GET traders/${id}/versions lists them`,
    ]);
    const hans = await token({ sub: "hans", role: "authenticated" });
    for (const path of ["versions", "performance", "performance?version=1"]) {
      expect((await problem(call("traders", `/${id}/${path}`, { key: hans }))).code).toBe("not_found");
    }
    expect((await problem(call("traders", `/${id}/performance?version=0`))).detail).toContain(
      "version: expected a version",
    );
  });

  describe("the performance of a version", () => {
    const stored = async (id: string, version: number, closes: number, symbols = 2): Promise<void> => {
      await sql`insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price)
        select ${id}, ${version}, 'S' || ${version}::text || s || 'USDT', '1m', ${minuteClose(0)}::bigint + n * 60000, 1
        from generate_series(1, ${closes}::integer) n cross join generate_series(1, ${symbols}::integer) s`;
    };
    const ran = async (id: string, closes: number): Promise<void> => {
      await sql`insert into public.executions (trader_id, interval, close_time, status, started_at)
        select ${id}, '1m', ${minuteClose(0)}::bigint + n * 60000, 'done', now() from generate_series(1, ${closes}::integer) n`;
    };

    test("counts as many of the newest signals as are compared, of whole closes, and says so", async () => {
      const asked: PerformanceAsked[] = [];
      const performances: PerformanceSource = {
        mostSignals: 5,
        mostCloses: async () => 10,
        performance: async (one) => {
          asked.push(one);
          const [firstClose, lastClose] = [one.closes[0] as UnixMs, one.closes.at(-1) as UnixMs];
          const tallies = new HorizonTallies({ interval: "1m", horizons: SIGNAL_HORIZONS, firstClose, lastClose });
          for (const { closeTime, returns } of one.signals) {
            for (const [at, percent] of returns.entries())
              if (percent !== null) tallies.addSignal(at, closeTime, percent);
          }
          return { outcomes: tallies.figures(one.signals.length), symbols: 1, baselineFrom: firstClose };
        },
      };
      traders = createTraders({ ...parts(), sql, performances });
      const { id } = await answer<Trader>(call("traders", "", { body: PLAIN }));
      await ran(id, 6);
      await stored(id, 1, 6);
      await sql`insert into public.signal_outcomes (signal_id, horizon) select id, 1 from public.signals`;
      await sql`insert into public.signal_outcomes select id, 4, 100 / 3.0, 1, 1, 1, 1 from public.signals`;
      const found = await answer<TraderPerformance>(call("traders", `/${id}/performance`));
      expect(found).toMatchObject({ closes: 2, signals: 4, from: minuteClose(5), to: minuteClose(6) });
      expect(asked[0]?.signals.map(({ closeTime }) => closeTime)).toEqual([6, 6, 5, 5].map(minuteClose));
      expect(
        found.outcomes.map(({ signals: { pending, unknown, meanPercent } }) => [pending, unknown, meanPercent]),
      ).toEqual([
        [0, 4, null],
        [0, 0, 33.333333],
        [4, 0, null],
        [4, 0, null],
      ]);
      expect(found.notes).toEqual([
        "there are too many signals: only the newest 4 are counted, and the closes from theirs on",
      ]);
    });

    test("finds a version's signals behind those of later versions, and looks at no others", async () => {
      const { id } = await answer<Trader>(call("traders", "", { body: PLAIN }));
      await ran(id, 3);
      await stored(id, 1, 3);
      await sql`update public.traders set code = 'every 2' where id = ${id}`;
      await stored(id, 2, 1_000, 60);
      const charged: unknown[] = [];
      const by = { owner: "anna", isService: false, charge: (work: FunctionWork) => void charged.push(work) };
      const response = traders.functions("traders", new Request(`http://host/traders/${id}/performance?version=1`), by);
      expect(await answer<TraderPerformance>(response)).toMatchObject({ closes: 3, signals: 6 });
      expect(charged).toHaveLength(1);
    });
  });

  describe("know their callers", () => {
    test("by a service key, an API key or a user's token", async () => {
      await answer(call("traders", "", { body: PLAIN }));
      await answer(call("traders", "", { body: PLAIN, key: TRADE_KEY }));
      await answer(call("traders", "", { body: PLAIN, key: "", headers: { "x-api-key": TRADE_KEY } }));
      const owners = async (key: string): Promise<string[]> =>
        (await answer<{ traders: Trader[] }>(call("traders", "", { key }))).traders.map(({ owner }) => owner).sort();
      expect(await owners(anna)).toEqual(["anna"]);
      expect(await owners(TRADE_KEY)).toEqual(["key:bot", "key:bot"]);
      expect(await owners(SERVICE_KEY)).toEqual(["anna", "key:bot", "key:bot"]);
      expect(await owners(await token({ role: "service_role" }))).toHaveLength(3);
    });

    test("and nobody else", async () => {
      const unsigned = `${btoa('{"alg":"none"}')}.${btoa('{"sub":"anna","role":"authenticated","exp":9999999999}')}.`;
      const refused = [
        "",
        "nonsense",
        "a.b.c",
        unsigned,
        await token({ sub: "anna", role: "authenticated" }, "-1h"),
        await token({ sub: "anna", role: "authenticated" }, "1h", "another-secret-of-thirty-two-characters"),
        await token({ sub: "anna", role: "anon" }),
        await token({ role: "authenticated" }),
        await new SignJWT({ sub: "anna", role: "authenticated" })
          .setProtectedHeader({ alg: "HS256" })
          .sign(new TextEncoder().encode(JWT_SECRET)),
      ];
      for (const key of refused) {
        expect(await problem(call("traders", "", { key }))).toMatchObject({ status: 401, code: "unauthorized" });
      }
      expect(errors).toEqual([]);
    });

    test("execute-trader and trigger-executions are the service's", async () => {
      for (const name of ["execute-trader", "trigger-executions"] as const) {
        expect(await problem(call(name, "", { body: {} }))).toMatchObject({
          status: 403,
          detail: `${name} needs the service key`,
        });
      }
    });

    test("without a service key nothing is set up", () => {
      expect(() => authorizeBy({ serviceKeys: [], readToken: undefined, tradeKeys: new Map() })).toThrow(InvalidInput);
      expect(() => parseTradeKeys("bot:secret")).toThrow("key 1 is not name:hash");
    });
  });

  describe("traders", () => {
    test("are created, read, changed, switched and deleted", async () => {
      const created = await call("traders", "", {
        body: { ...PLAIN, name: " Falling ", symbols: ["btcusdt", "BTCUSDT"] },
      });
      expect(created.status).toBe(201);
      const trader = (await created.json()) as Trader;
      expect(trader).toMatchObject({
        name: "Falling",
        owner: "anna",
        enabled: false,
        symbols: ["BTCUSDT"],
        version: 1,
        cooldownCandles: 0,
      });
      const path = `/${trader.id}`;
      expect(await answer<object>(call("traders", path))).toEqual({
        ...{ ...trader, problem: null, lastExecution: null },
        signals: { today: 0, total: 0 },
      });
      expect(await answer<object>(call("traders", path, { method: "PATCH", body: {} }))).toEqual(trader);
      const changed = call("traders", path, { method: "PATCH", body: { code: "every 3", symbols: null } });
      expect(await answer<Trader>(changed)).toMatchObject({
        code: "every 3",
        symbols: null,
        version: 2,
        name: "Falling",
      });
      expect(await answer<Trader>(call("traders", `${path}/enable`, { body: { enabled: true } }))).toMatchObject({
        enabled: true,
        version: 2,
      });
      expect(await answer<object>(call("traders", "?enabled=true&limit=1"))).toMatchObject({ count: 1, cursor: null });
      const other = await token({ sub: "berta", role: "authenticated" });
      for (const init of [{}, { method: "PATCH", body: { name: "x" } }, { method: "DELETE" }]) {
        expect(await problem(call("traders", path, { ...init, key: other }))).toMatchObject({
          status: 404,
          code: "not_found",
        });
      }
      expect((await call("traders", path, { method: "DELETE" })).status).toBe(204);
      expect(await problem(call("traders", path))).toMatchObject({ status: 404 });
    });

    test("without timeframes they read the intervals that their code names", async () => {
      const { timeframes: _, ...plain } = PLAIN;
      const made = async (body: object): Promise<Trader> => await answer(call("traders", "", { body }));
      expect((await made({ ...plain, triggerInterval: "5m" })).timeframes).toEqual(["5m"]);
      screener.reads = ["1m", "1h"];
      const trader = await made(plain);
      expect(trader.timeframes).toEqual(["1m", "1h"]);
      const change = async (body: object): Promise<Trader> =>
        await answer(call("traders", `/${trader.id}`, { method: "PATCH", body }));
      screener.reads = ["15m"];
      expect((await change({ name: "Other" })).timeframes).toEqual(["1m", "1h"]);
      expect((await change({ code: "every 7" })).timeframes).toEqual(["15m"]);
      expect((await change({ code: "every 8", timeframes: ["15m", "4h"] })).timeframes).toEqual(["15m", "4h"]);
      screener.reads = null;
      expect((await change({ code: "every 9" })).timeframes).toEqual(["15m", "4h"]);
    });

    test("run from the close after the last one, once they are switched on", async () => {
      market.last = minuteClose(5);
      const { id } = await answer<Trader>(call("traders", "", { body: { ...PLAIN, enabled: true } }));
      const push = { trigger: "close", interval: "1m", closeTime: minuteClose(8) };
      await answer(call("trigger-executions", "", { body: push, key: SERVICE_KEY }));
      const { signals } = await answer<{ signals: Signal[] }>(call("signals", `?traderId=${id}&symbol=${SYMBOLS[0]}`));
      expect(signals.map(({ closeTime }) => closeTime)).toEqual([8, 7, 6].map(minuteClose));
    });

    test.each([
      [{ ...PLAIN, name: "" }, "name: expected 1 to 200 characters"],
      [{ ...PLAIN, name: undefined }, "name is missing"],
      [{ ...PLAIN, timeframes: [] }, "timeframes: expected at least one interval"],
      [{ ...PLAIN, timeframes: ["7m"] }, 'timeframes.0 is "7m": expected one of 1s, 1m'],
      [{ ...PLAIN, triggerInterval: "1s" }, "triggerInterval: expected 1m or longer"],
      [{ ...PLAIN, symbols: [] }, "symbols: expected at least one symbol, or null for all"],
      [{ ...PLAIN, symbols: ["a b"] }, "symbols.0: expected a symbol such as BTCUSDT"],
      [{ ...PLAIN, cooldownCandles: 1.5 }, "cooldownCandles: expected a whole number of candles"],
      [{ ...PLAIN, cooldownCandles: -1 }, "cooldownCandles: expected 0 or more candles"],
      [{ ...PLAIN, code: "x".repeat(32_769) }, "code: expected at most 32768 characters"],
      ...(["name", "description", "code"] as const).flatMap((member) =>
        ["a\0b", "up 🚀".slice(0, 4), "🚀".slice(1)].map((text): [object, string] => [
          { ...PLAIN, [member]: text },
          `${member}: expected text without NUL characters (U+0000)`,
        ]),
      ),
      [{ ...PLAIN, symbols: ["A\0"] }, "symbols.0: expected a symbol such as BTCUSDT"],
      [{ ...PLAIN, owner: "berta" }, 'unknown member "owner"'],
      [{ ...PLAIN, cooldown: 5 }, 'unknown member "cooldown": did you mean cooldownCandles? known are name, '],
      [{ ...PLAIN, symbol: "BTCUSDT" }, 'unknown member "symbol": did you mean symbols?'],
      [{ ...PLAIN, code: "wrong" }, "code: line 2, column 3: it is wrong"],
      [[], "expected a JSON object"],
      ["x", "expected"],
      [null, "expected a JSON object"],
    ])("a wrong one is refused in words: %j", async (body, words) => {
      screener.fault = ({ code }) => (code === "wrong" ? { message: "it is wrong", line: 2, column: 3 } : undefined);
      const refused = await problem(call("traders", "", { body }));
      expect(refused).toMatchObject({ status: 400, code: "invalid_parameter" });
      expect(refused.detail).toContain(words);
    });

    test("that can never run are refused when they are made or switched on, with what is served", async () => {
      market.offered = { intervals: ["1m", "5m"], symbols: new Set(SYMBOLS) };
      const [first, second] = SYMBOLS as [Symbol, Symbol];
      const unserved = "which is not served here: expected one of 1m, 5m";
      const refused: [object, string][] = [
        [{ triggerInterval: "2h" }, `triggerInterval is 2h, ${unserved}`],
        [{ timeframes: ["1m", "1d"] }, `timeframes has 1d, ${unserved}`],
        [
          { symbols: ["NOPEUSDT"] },
          "symbols has NOPEUSDT, which is not followed here: GET /symbols lists those that are",
        ],
        [{ symbols: [first, "NOPEUSDT", "NONEUSDT"] }, "symbols has NOPEUSDT, NONEUSDT, which are not followed here"],
        [{ symbols: Array.from({ length: 12 }, (_, at) => `NO${at}`) }, "NO9 and 2 more, which are not followed here"],
      ];
      const { id } = await answer<Trader>(call("traders", "", { body: { ...PLAIN, symbols: [first] } }));
      for (const [change, words] of refused) {
        for (const init of [{ body: { ...PLAIN, ...change } }, { method: "PATCH", body: change }]) {
          const { status, detail } = await problem(call("traders", "method" in init ? `/${id}` : "", init));
          expect([status, detail]).toEqual([400, expect.stringContaining(words)]);
        }
      }
      // Later the server is started with other intervals and symbols.
      const path = `/${id}`;
      market.offered = { intervals: ["5m"], symbols: new Set([second]) };
      const other = createTraders({ ...parts(), sql });
      traders = other;
      const why = "triggerInterval is 1m, which is not served here: expected one of 5m";
      expect(await answer<object>(call("traders", path))).toMatchObject({ problem: why, lastExecution: null });
      expect((await answer<{ traders: object[] }>(call("traders"))).traders).toMatchObject([{ problem: why }]);
      expect(await problem(call("traders", `${path}/enable`, { body: { enabled: true } }))).toMatchObject({
        status: 400,
        detail: why,
      });
      // What is wrong already keeps nobody from changing something else.
      const same = { name: "renamed", symbols: [first], triggerInterval: "1m", enabled: false };
      expect(await answer<object>(call("traders", path, { method: "PATCH", body: same }))).toMatchObject({
        name: "renamed",
      });
      const mended = { triggerInterval: "5m", timeframes: ["5m"], symbols: [first, second] };
      expect(await answer<object>(call("traders", path, { method: "PATCH", body: mended }))).toMatchObject(mended);
      expect(await answer<object>(call("traders", path))).toMatchObject({ problem: null });
    });

    test("are run by hand at closes of intervals that are served, and at no others", async () => {
      const { id } = await answer<Trader>(call("traders", "", { body: PLAIN }));
      market.offered = { intervals: ["1m"], symbols: new Set(SYMBOLS) };
      traders = createTraders({ ...parts(), sql });
      for (const closeTime of [undefined, minuteClose(4)]) {
        const body = { traderId: id, interval: "5m", closeTime };
        expect(await problem(call("execute-trader", "", { key: SERVICE_KEY, body }))).toMatchObject({
          status: 400,
          detail: "interval is 5m, which is not served here: expected one of 1m",
        });
      }
    });

    test("are taken as they are while it isn't known what the market has", async () => {
      market.offered = undefined;
      const body = { ...PLAIN, triggerInterval: "2h", timeframes: ["2h"], symbols: ["SOONUSDT"] };
      const { id } = await answer<Trader>(call("traders", "", { body }));
      expect(await answer<object>(call("traders", `/${id}`))).toMatchObject({ problem: null });
    });

    test("a filter is validated without being kept", async () => {
      screener.fault = ({ code }) => (code === "wrong" ? { message: "it is wrong", line: 2 } : undefined);
      const validate = (code: string): Promise<object> =>
        answer(call("traders", "/validate", { body: { code, timeframes: ["1m"] } }));
      expect(await validate("every 1")).toEqual({
        valid: true,
        errors: [],
        engine: "rule",
        timeframes: null,
        notes: [],
      });
      expect(await validate("wrong")).toEqual({
        valid: false,
        errors: [{ message: "it is wrong", line: 2 }],
        engine: null,
        timeframes: null,
        notes: [],
      });
    });

    test("a filter is checked for the symbols that it is to run on", async () => {
      const BYBIT = "BYBIT:BTCUSDT";
      const message = "trades isn't sent by Bybit spot";
      screener.fault = ({ symbols, market }) =>
        market === "bybit" || symbols?.includes(BYBIT as Symbol) === true ? { message, line: 1, column: 2 } : undefined;
      const body = { code: "every 1", timeframes: ["1m"] };
      const validate = (symbols?: readonly string[] | null): Promise<object> =>
        answer(call("traders", "/validate", { body: { ...body, symbols } }));
      expect(await validate(["bybit:btcusdt"])).toMatchObject({ valid: false, errors: [{ message }] });
      for (const others of [undefined, null, ["BTCUSDT"]])
        expect(await validate(others)).toMatchObject({ valid: true });

      const refusal = { status: 400, detail: `code: line 1, column 2: ${message}` };
      expect(await problem(call("traders", "", { body: { ...PLAIN, symbols: [BYBIT] } }))).toMatchObject(refusal);
      const made = await answer<Trader>(call("traders", "", { body: { ...PLAIN, symbols: SYMBOLS.slice(0, 1) } }));
      const change = (changed: object): Promise<Response> =>
        call("traders", `/${made.id}`, { body: changed, method: "PATCH" });
      for (const changed of [{ symbols: [BYBIT] }, { symbols: [BYBIT], code: "every 2" }]) {
        expect(await problem(change(changed))).toMatchObject(refusal);
      }
      expect(await answer<object>(change({ symbols: SYMBOLS.slice(1, 2) }))).toMatchObject({
        symbols: SYMBOLS.slice(1, 2),
      });
    });

    test("other paths, methods and bodies are refused", async () => {
      expect(await problem(call("traders", "/x"))).toMatchObject({
        status: 400,
        detail: expect.stringContaining("UUID"),
      });
      expect(await problem(call("traders", `/${ABSENT}`))).toMatchObject({ status: 404 });
      expect(await problem(call("traders", `/${ABSENT}/a/b`))).toMatchObject({ status: 404 });
      expect(await problem(call("traders", "", { method: "PUT" }))).toMatchObject({
        status: 405,
        code: "method_not_allowed",
      });
      expect(await problem(call("traders", "?colour=red"))).toMatchObject({
        status: 400,
        detail: expect.stringContaining('unknown member "colour": known are enabled, cursor, limit'),
      });
      expect(await problem(call("traders", "?limit=0"))).toMatchObject({
        status: 400,
        detail: expect.stringContaining("1 to 500"),
      });
      for (const cursor of ["%27--", `1:${"-".repeat(36)}`, "1:00000000-0000-0000-0000-00000000000g"]) {
        expect(await problem(call("traders", `?cursor=${cursor}`))).toMatchObject({ status: 400 });
      }
      expect(await problem(call("traders", "", { text: "{" }))).toMatchObject({
        status: 400,
        detail: "the body is not JSON",
      });
      expect(await problem(call("traders", "", { text: " ".repeat(300_000) }))).toMatchObject({
        status: 413,
        code: "payload_too_large",
      });
    });
  });

  describe("signals", () => {
    test("are listed, each owner's own, with a cursor", async () => {
      const { id } = await answer<Trader>(call("traders", "", { body: { ...PLAIN, enabled: true } }));
      await answer(call("traders", "", { body: { ...PLAIN, enabled: true }, key: TRADE_KEY }));
      await answer(
        call("trigger-executions", "", {
          key: SERVICE_KEY,
          body: { trigger: "close", interval: "1m", closeTime: minuteClose(1) },
        }),
      );
      const page = await answer<{ count: number; signals: Signal[]; cursor: string }>(call("signals", "?limit=3"));
      expect([page.count, page.signals.every(({ traderId }) => traderId === id)]).toEqual([3, true]);
      const rest = await answer<{ count: number; cursor: null }>(call("signals", `?limit=3&cursor=${page.cursor}`));
      expect([rest.count, rest.cursor]).toEqual([1, null]);
      const count = async (query: string, key = anna): Promise<number> =>
        (await answer<{ count: number }>(call("signals", query, { key }))).count;
      expect(await count("?symbol=aaausdt&interval=1m")).toBe(1);
      expect(await count(`?from=${minuteClose(2)}`)).toBe(0);
      expect(await count("", SERVICE_KEY)).toBe(8);
      expect(await problem(call("signals", "?traderId=7"))).toMatchObject({ status: 400 });
      expect(await problem(call("signals", "/7"))).toMatchObject({ status: 404 });
    });
  });

  test("signals: a call that finds none yet goes on looking, for a price, and gives the cursor where that can't be paid", async () => {
    const { id } = await answer<Trader>(call("traders", "", { body: PLAIN }));
    await sql`insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price)
      select ${id}, 1, 'S', case n when 1 then '5m' else '1m' end, n, 1 from generate_series(1, 12000) n`;
    const charged: FunctionWork[] = [];
    const asked = async (most: number, cursor = ""): Promise<{ signals: Signal[]; cursor: string | null }> => {
      charged.length = 0;
      const charge = (work: FunctionWork): void => {
        if (charged.length === most) throw new FunctionProblem("rate_limited", "all is used up");
        charged.push(work);
      };
      const request = new Request(`http://host/functions/v1/signals?interval=5m&limit=10${cursor}`);
      return await answer(traders.functions("signals", request, { owner: "anna", isService: false, charge }));
    };
    expect((await asked(9)).signals).toMatchObject([{ interval: "5m", closeTime: 1 }]);
    expect(charged).toEqual([{ rows: 10 }, { rows: 500 }, { rows: 500 }]);
    const first = await asked(2);
    expect([first.signals.length, typeof first.cursor]).toEqual([0, "string"]);
    expect((await asked(1, `&cursor=${first.cursor}`)).signals).toHaveLength(1);
  });

  describe("execute-trader and trigger-executions", () => {
    test("a trader is run by hand at the last close, and stores each signal once", async () => {
      const { id } = await answer<Trader>(call("traders", "", { body: PLAIN }));
      market.last = minuteClose(3);
      const run = (body: object): Promise<object> =>
        answer(call("execute-trader", "", { key: SERVICE_KEY, body: { traderId: id, ...body } }));
      expect(await run({ symbols: ["AAAUSDT"] })).toMatchObject({
        traderId: id,
        interval: "1m",
        closeTime: minuteClose(3),
        matches: ["AAAUSDT"],
        signals: 1,
        symbolsChecked: 1,
        skipped: [],
        errors: [],
        source: "recorded",
        executionTimeMs: 0,
      });
      expect(await run({})).toMatchObject({ matches: SYMBOLS, signals: 3, symbolsChecked: 4 });
      expect(await run({ closeTime: minuteClose(3) })).toMatchObject({ signals: 0 });
      expect(
        await problem(call("execute-trader", "", { key: SERVICE_KEY, body: { traderId: id, closeTime: 5 } })),
      ).toMatchObject({ status: 400 });
      screener.before = async () => {
        expect((await call("traders", `/${id}`, { method: "DELETE" })).status).toBe(204);
      };
      expect(await problem(call("execute-trader", "", { key: SERVICE_KEY, body: { traderId: id } }))).toMatchObject({
        status: 404,
        code: "not_found",
        detail: `there is no trader ${id} any more: it was deleted while it ran`,
      });
      screener.before = async () => {};
      expect(await problem(call("execute-trader", "", { key: SERVICE_KEY, body: { traderId: ABSENT } }))).toMatchObject(
        { status: 404 },
      );
    });

    test("a close that is told runs what is due; cron and manual find it by asking", async () => {
      const { id } = await answer<Trader>(call("traders", "", { body: { ...PLAIN, enabled: true } }));
      const trigger = (body: object): Promise<object> =>
        answer(call("trigger-executions", "", { key: SERVICE_KEY, body }));
      expect(await trigger({ trigger: "close", interval: "1m", closeTime: minuteClose(1) })).toEqual({
        timestamp: Date.UTC(2026, 1, 10),
        trigger: "close",
        symbolsChecked: 4,
        candlesClosed: [{ market: "binance", interval: "1m", closeTime: minuteClose(1), symbols: SYMBOLS }],
        executions: [
          {
            traderId: id,
            interval: "1m",
            closeTime: minuteClose(1),
            status: "done",
            matches: SYMBOLS,
            readFrom: { source: "vyx", fallback: false },
          },
        ],
      });
      market.last = minuteClose(3);
      const look = (): Promise<{ lookedAt: number; ageMs: number }> =>
        answer(call("trigger-executions", "", { key: SERVICE_KEY }));
      expect(await look()).toEqual({ lookedAt: null, ageMs: null } as unknown as { lookedAt: number; ageMs: number });
      expect(await trigger({ trigger: "cron" })).toMatchObject({
        symbolsChecked: 8,
        executions: [{ closeTime: minuteClose(2) }, { closeTime: minuteClose(3) }],
      });
      const first = await look();
      expect(first.lookedAt).toBeGreaterThan(0);
      expect(first.ageMs).toBeLessThan(60_000);
      expect((await call("trigger-executions", "", {})).status).toBe(403);
      expect(await trigger({ trigger: "manual", interval: "1m" })).toMatchObject({ symbolsChecked: 0, executions: [] });
      const wrong = async (body: object): Promise<string> =>
        (await problem(call("trigger-executions", "", { key: SERVICE_KEY, body }))).detail;
      expect(await wrong({ trigger: "close" })).toContain("closeTime is missing");
      expect(await wrong({ trigger: "cron", closeTime: 5 })).toContain("interval is missing");
      expect(await wrong({ trigger: "sometimes" })).toContain('trigger is "sometimes": expected close, cron or manual');
    });
  });

  describe("get-klines", () => {
    test("answers with the series and its ticker", async () => {
      const body = { symbol: "btcusdt", timeframe: "5m" };
      expect(await answer<object>(call("get-klines", "", { body }))).toEqual({
        klines: [],
        ticker: null,
        symbol: "BTCUSDT",
        timeframe: "5m",
        count: 0,
        cached: true,
        latency: 0,
        readFrom: { source: "vyx", fallback: false },
      });
      expect(await problem(call("get-klines", "", { body: { ...body, timeframe: "2h" } }))).toMatchObject({
        status: 400,
        detail: 'timeframe is "2h": expected one of 1m, 3m, 5m, 15m, 30m, 1h, 4h, 1d',
      });
      expect(await problem(call("get-klines", "", { body: { ...body, limit: 501 } }))).toMatchObject({
        status: 400,
        detail: expect.stringContaining("1 to 500"),
      });
      expect(await problem(call("get-klines", "", { body: { timeframe: "1m" } }))).toMatchObject({
        status: 400,
        detail: expect.stringMatching(/^symbol is missing/),
      });
    });

    test("answers for another trader or user with the service key alone, and says so", async () => {
      const body = { symbol: "BTCUSDT", timeframe: "1m", readFor: "user 7" };
      expect(await answer<object>(call("get-klines", "", { key: SERVICE_KEY, body }))).toMatchObject({
        readFor: "user 7",
      });
      expect(await problem(call("get-klines", "", { body }))).toMatchObject({
        status: 403,
        detail: "readFor needs the service key",
      });
      const long = { ...body, readFor: "x".repeat(129) };
      expect(await problem(call("get-klines", "", { key: SERVICE_KEY, body: long }))).toMatchObject({ status: 400 });
    });
  });

  test("a market that can't be reached is a 503 that says to fall back, never an empty answer", async () => {
    const { id } = await answer<Trader>(call("traders", "", { body: PLAIN }));
    await answer(call("traders", "", { body: { ...PLAIN, enabled: true } }));
    market.fault = () =>
      new Unreachable("http://10.0.0.5:8080/klines: the server is away (ECONNREFUSED 10.0.0.5:8080)");
    const asked = [
      call("get-klines", "", { body: { symbol: "BTCUSDT", timeframe: "1m" } }),
      call("execute-trader", "", { key: SERVICE_KEY, body: { traderId: id, closeTime: minuteClose(0) } }),
      call("trigger-executions", "", { key: SERVICE_KEY, body: { trigger: "cron" } }),
    ];
    for (const response of await Promise.all(asked)) {
      expect(response.status).toBe(503);
      expect(await response.json()).toMatchObject({
        error: "… the server is away (ECONNREFUSED …",
        fallback: true,
      });
    }
    // Traders can be kept all the same.
    expect((await call("traders", "", { body: { ...PLAIN, enabled: true } })).status).toBe(201);
  });

  test("a server that says when to come back is passed on", async () => {
    const { id } = await answer<Trader>(call("traders", "", { body: PLAIN }));
    const run = (): Promise<Response> =>
      call("execute-trader", "", { key: SERVICE_KEY, body: { traderId: id, closeTime: minuteClose(0) } });
    const told = { status: 429, retryAfterMs: 6_500 };
    for (const fault of [new ClientError("rate_limited", "used up", told), new ScreenerBusy("used up", told)]) {
      market.fault = () => fault;
      const response = await run();
      expect([response.status, response.headers.get("retry-after")]).toEqual([503, "7"]);
      expect(await response.json()).toMatchObject({ error: "used up", fallback: true });
    }
    market.fault = () => new Unreachable("it is away");
    expect((await run()).headers.get("retry-after")).toBe("5");
  });

  test("a mistake of ours is told as such, without what it was", async () => {
    market.fault = () => new Error("a secret of the inside");
    const failed = await problem(call("get-klines", "", { body: { symbol: "BTCUSDT", timeframe: "1m" } }));
    expect(failed).toMatchObject({ status: 500, code: "internal" });
    expect(failed.detail).not.toContain("secret");
    expect(errors).toHaveLength(1);
  });

  describe("answers", () => {
    test("carry the request's id, if it is a sane one", async () => {
      const id = async (given: string): Promise<string | null> =>
        (await call("signals", "", { headers: { "x-request-id": given } })).headers.get("x-request-id");
      expect(await id("abc-1")).toBe("abc-1");
      expect(await id("a b<script>")).toMatch(/^functions~[0-9a-f-]{36}$/);
      expect(await id("functions~1")).not.toBe("functions~1");
    });

    test("are refused while the caller's own calls take all places, and dropped when their client is gone", async () => {
      const bert = await token({ sub: "bert", role: "authenticated" });
      const client = new AbortController();
      const waiting: Promise<Response>[] = [];
      const lists = { anna: 0 };
      await sql.begin(async (holding) => {
        // No list comes to its end before this transaction does.
        await holding`lock table public.traders in access exclusive mode`;
        for (let index = 0; index < DATABASE_PLACES.perCaller; index += 1) {
          const signal = { signal: client.signal };
          const request = new Request("http://host/functions/v1/traders", {
            headers: { authorization: `Bearer ${anna}` },
            ...signal,
          });
          waiting.push(traders.functions("traders", request));
          lists.anna += 1;
        }
        await until(() => traders.turns.figures().waiting === lists.anna - 1);
        const refused = await call("traders");
        expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
        waiting.push(call("traders", "", { key: bert }));
        client.abort();
        await until(() => traders.turns.figures().waiting === 1);
        expect(traders.turns.figures().dropped).toBe(lists.anna - 1);
      });
      const statuses = (await Promise.all(waiting)).map(({ status }) => status);
      // Which of Anna's calls was under way is chance, as keys are checked in other threads: it was done to its end, and the others never
      // reached the database.
      expect(statuses.slice(0, lists.anna).toSorted()).toEqual([200, ...Array(lists.anna - 1).fill(499)]);
      expect(statuses.slice(lists.anna)).toEqual([200]);
      expect(errors).toEqual([]);
    });

    test("charge for what they are about to do, and don't do what can't be paid", async () => {
      const works: FunctionWork[] = [];
      let isRich = true;
      const charge = (work: FunctionWork): void => {
        works.push(work);
        if (!isRich) throw new FunctionProblem("rate_limited", "all is used up", 7);
      };
      const caller = { owner: "anna", isService: true, charge };
      const ask = async (name: FunctionName, path = "", body?: unknown): Promise<Response> => {
        const init = body === undefined ? {} : { method: "POST", body: JSON.stringify(body) };
        return await traders.functions(name, new Request(`http://host/functions/v1/${name}${path}`, init), caller);
      };
      const made = (await (await ask("traders", "", PLAIN)).json()) as Trader;
      await ask("traders", "?limit=500");
      await ask("signals");
      await ask("traders", "/validate", { code: "return true;", timeframes: ["1m"] });
      const closeTime = minuteClose(3);
      await ask("execute-trader", "", { traderId: made.id, closeTime, symbols: [SYMBOLS[0]] });
      await ask("trigger-executions", "", { trigger: "close", interval: "1m", closeTime });
      const code = { codeCharacters: PLAIN.code.length };
      const lists = [{ rows: 500 }, { rows: 50 }];
      expect(works).toEqual([code, ...lists, { codeCharacters: 12 }, { symbols: 1 }, { symbols: null }]);
      isRich = false;
      const refused = await ask("traders", "", PLAIN);
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "7"]);
      isRich = true;
      expect(((await (await ask("traders")).json()) as { count: number }).count).toBe(1);
    });

    test("tell a caller whose own checks take all places from a server that is busy", async () => {
      screener.check = async () => {
        throw new TooManyChecks("8 wait already");
      };
      for (const path of ["", "/validate"]) {
        const refused = await call("traders", path, {
          body: path === "" ? PLAIN : { code: "return true;", timeframes: ["1m"] },
        });
        expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "1"]);
      }
    });

    test("may be read by pages of allowed origins, and by no others", async () => {
      const preflight = (origin: string): Promise<Response> =>
        call("traders", "", {
          method: "OPTIONS",
          key: "",
          headers: { origin, "access-control-request-method": "PATCH" },
        });
      const allowed = await preflight("https://app.example.org");
      expect([allowed.status, allowed.headers.get("access-control-allow-origin")]).toEqual([
        204,
        "https://app.example.org",
      ]);
      expect(allowed.headers.get("access-control-allow-methods")).toBe("GET, POST, PATCH, DELETE");
      const other = await preflight("https://evil.example.org");
      expect([other.status, other.headers.get("access-control-allow-origin"), other.headers.get("vary")]).toEqual([
        204,
        null,
        "origin",
      ]);
      const refused = await call("traders", "", { key: "", headers: { origin: "https://app.example.org" } });
      expect([refused.status, refused.headers.get("access-control-allow-origin")]).toEqual([
        401,
        "https://app.example.org",
      ]);
    });
  });
});
