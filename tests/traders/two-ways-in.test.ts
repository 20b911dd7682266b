import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { SignJWT } from "jose";
import { systemClock } from "../../src/cli/clock.ts";
import { readMigrations } from "../../src/cli/migrations-folder.ts";
import { INTERVALS } from "../../src/core/mod.ts";
import { createSandbox } from "../../src/sandbox/mod.ts";
import {
  authorizeBy,
  createTraders,
  migrateUp,
  type Sql,
  StrategyScreener,
  type Traders,
  userTokens,
} from "../../src/traders/mod.ts";
import { isMissing, startDatabases, type TestDatabases } from "../helpers/databases.ts";
import { RuleMarket, SYMBOLS } from "../helpers/made-up-traders.ts";

const SECRET = "a-secret-of-at-least-thirty-two-characters";
const ANNA = { sub: "anna", role: "authenticated", aud: "authenticated" };

/** A trader as both ways in take it: members of the functions, columns of the Data API. */
const GOOD = {
  name: "n",
  description: "",
  enabled: true,
  code: "return true;",
  timeframes: ["1m"],
  triggerInterval: "1m",
  symbols: null,
  cooldownCandles: 0,
};

/** What must never be stored. `byData`: also a writer with all rights is refused, by a constraint of the database. */
const BAD: readonly { what: string; change: Record<string, unknown>; byData: boolean }[] = [
  { what: "an impossible timeframe", change: { timeframes: ["1m", "7m"] }, byData: true },
  { what: "no timeframe", change: { timeframes: [] }, byData: true },
  { what: "a null among the timeframes", change: { timeframes: ["1m", null] }, byData: true },
  { what: "timeframes in timeframes", change: { timeframes: [["1m"], ["5m"]] }, byData: true },
  { what: "an impossible trigger", change: { triggerInterval: "7m" }, byData: true },
  { what: "a trigger of a second", change: { triggerInterval: "1s" }, byData: true },
  { what: "a null among the symbols", change: { symbols: ["AAAUSDT", null] }, byData: true },
  { what: "no symbol", change: { symbols: [] }, byData: true },
  { what: "a symbol with a space", change: { symbols: ["A B"] }, byData: true },
  { what: "an endless symbol", change: { symbols: ["A".repeat(65)] }, byData: true },
  { what: "too many symbols", change: { symbols: Array.from({ length: 2_001 }, (_, at) => `S${at}`) }, byData: true },
  { what: "no name", change: { name: "" }, byData: true },
  { what: "a blank name", change: { name: " \n" }, byData: true },
  { what: "an endless name", change: { name: "n".repeat(201) }, byData: true },
  { what: "a NUL in the name", change: { name: "a\0" }, byData: true },
  { what: "an endless description", change: { description: "d".repeat(4_001) }, byData: true },
  { what: "no code", change: { code: "" }, byData: true },
  { what: "endless code", change: { code: `return true; // ${"x".repeat(32_768)}` }, byData: true },
  { what: "a negative cooldown", change: { cooldownCandles: -1 }, byData: true },
  { what: "an endless cooldown", change: { cooldownCandles: 1_001 }, byData: true },
  { what: "half a cooldown", change: { cooldownCandles: 0.5 }, byData: true },
  // What the database can't know keeps nobody but users from writing.
  { what: "unreadable code", change: { code: "return (" }, byData: false },
  { what: "an interval that isn't served", change: { triggerInterval: "1M" }, byData: false },
  { what: "a symbol that isn't followed", change: { symbols: ["NOPEUSDT"] }, byData: false },
  { what: "a market that there isn't", change: { market: "okx" }, byData: true },
  { what: "symbols of two markets", change: { symbols: ["AAAUSDT", "BYBIT:AAAUSDT"] }, byData: true },
  { what: "symbols of another market", change: { market: "bybit", symbols: ["AAAUSDT"] }, byData: true },
  { what: "a market that isn't served", change: { market: "bybit", symbols: null }, byData: false },
];

/** Tokens that open nothing. */
const STRANGERS: readonly { what: string; claims: Record<string, unknown> }[] = [
  { what: "a visitor without an account", claims: { ...ANNA, is_anonymous: true } },
  { what: "a token for another audience", claims: { ...ANNA, aud: "other" } },
  { what: "a token of another role without an audience", claims: { sub: "anna", role: "anon" } },
  { what: "nobody", claims: { role: "authenticated", aud: "authenticated" } },
  { what: "the server's own machine", claims: { ...ANNA, sub: "local" } },
  { what: "the service by name", claims: { ...ANNA, sub: "service" } },
  { what: "a key by name", claims: { ...ANNA, sub: "key:bot" } },
];

/** The tables of which users read their own rows. */
const READABLE = ["traders", "trader_versions", "executions", "signals", "signal_outcomes"];

describe.skipIf(isMissing("PostgreSQL"))("what the functions refuse, the Data API refuses", () => {
  let databases: TestDatabases;
  let sql: Sql;
  let traders: Traders;

  beforeAll(async () => {
    databases = await startDatabases("PostgreSQL");
    ({ sql } = await databases.create());
    await sql
      .unsafe(
        `create role anon nologin; create role authenticated nologin; create role service_role nologin bypassrls;
         alter default privileges in schema public grant all on tables to anon, authenticated, service_role`,
      )
      .simple();
    await migrateUp(sql, readMigrations());
    const stopwatch = (): number => performance.now();
    const market = new RuleMarket();
    market.offered = { intervals: INTERVALS.filter((one) => one !== "1M"), symbols: new Set(SYMBOLS) };
    traders = createTraders({
      sql,
      connections: 8,
      market,
      screener: new StrategyScreener(await createSandbox({ stopwatch }), stopwatch),
      clock: systemClock,
      stopwatch,
      log: { info: () => {}, warn: () => {} },
      origins: [],
      authorize: authorizeBy({
        serviceKeys: ["the-service-key"],
        readToken: userTokens({ jwtSecret: SECRET, jwksUrl: undefined, issuer: undefined, now: () => Date.now() }),
        tradeKeys: new Map(),
      }),
      onError: (_, cause) => {
        throw cause;
      },
    });
  });
  afterAll(() => databases?.stop());
  beforeEach(async () => {
    await sql`delete from public.traders`;
  });

  /** The functions. Gives back the status. */
  const call = async (
    claims: Record<string, unknown>,
    init: { path?: string; method?: string; body?: unknown } = {},
  ) => {
    const token = await new SignJWT(claims)
      .setProtectedHeader({ alg: "HS256" })
      .setExpirationTime("1h")
      .sign(new TextEncoder().encode(SECRET));
    const { path = "", method = init.body === undefined ? "GET" : "POST", body } = init;
    return await traders.functions(
      "traders",
      new Request(`http://host/functions/v1/traders${path}`, {
        method,
        headers: { authorization: `Bearer ${token}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
    );
  };
  /** The Data API: a statement as PostgREST runs it, as a role and with the claims of a token. */
  const as = async (role: string, claims: Record<string, unknown> | undefined, query: string, values: unknown[] = []) =>
    (await sql.begin(async (transaction) => {
      await transaction.unsafe(`set local role ${role}`);
      if (claims !== undefined)
        await transaction`select set_config('request.jwt.claims', ${JSON.stringify(claims)}, true)`;
      return await transaction.unsafe(query, values as never[]);
    })) as unknown as readonly Record<string, unknown>[];
  /** PostgREST hands a body to the database as JSON. */
  const INSERT = `insert into public.traders (owner, name, description, enabled, code, timeframes, trigger_interval, market, symbols, cooldown_candles)
    select 'anna', name, description, enabled, code, timeframes, "triggerInterval", coalesce(market, 'binance'), symbols, "cooldownCandles"
    from json_to_record($1::text::json) as body (name text, description text, enabled boolean, code text, timeframes text[],
      "triggerInterval" text, market text, symbols text[], "cooldownCandles" integer) returning id`;
  const insert = (role: string, body: unknown) => as(role, ANNA, INSERT, [JSON.stringify(body)]);
  const stored = async (): Promise<number> => (await sql`select 1 from public.traders`).length;

  test("a good trader: by the functions, and by the service, but by no user past them", async () => {
    expect((await call(ANNA, { body: GOOD })).status).toBe(201);
    expect(await insert("service_role", GOOD)).toHaveLength(1);
    await expect(insert("authenticated", GOOD)).rejects.toThrow("permission denied for table traders");
    await expect(insert("anon", GOOD)).rejects.toThrow("permission denied for table traders");
    expect(await stored()).toBe(2);
  });

  test.each(BAD)("$what", async ({ change, byData }) => {
    const body = { ...GOOD, ...change };
    expect((await call(ANNA, { body })).status).toBe(400);
    await expect(insert("authenticated", body)).rejects.toThrow(
      /permission denied|\\u0000|unsupported Unicode|array|integer/,
    );
    if (byData) await expect(insert("service_role", body)).rejects.toThrow();
    expect(await stored()).toBe(0);
  });

  test("more traders than one owner may have", async () => {
    await sql`insert into public.traders (owner, name, code, timeframes, trigger_interval)
      select 'anna', 'n', 'c', '{1m}', '1m' from generate_series(1, 500)`;
    const refused = await call(ANNA, { body: GOOD });
    expect([refused.status, await refused.json()]).toMatchObject([
      403,
      { detail: "there are 500 traders already: delete one first" },
    ]);
    await expect(insert("authenticated", GOOD)).rejects.toThrow("permission denied");
    await expect(insert("service_role", GOOD)).rejects.toThrow("there are 500 traders already");
    expect(await stored()).toBe(500);
  });

  test.each(STRANGERS)("$what", async ({ claims }) => {
    const owner = (claims.sub as string | undefined) ?? "anna";
    await traders.table.create(owner, { ...GOOD, timeframes: ["1m"], triggerInterval: "1m" }, undefined);
    expect((await call(claims)).status).toBe(401);
    for (const table of READABLE) {
      expect(await as("authenticated", claims, `select * from public.${table}`)).toEqual([]);
    }
  });

  test("a user changes nothing past the functions, and reads what is their own", async () => {
    const ids = new Map<string, string>();
    for (const owner of ["anna", "berta"]) {
      const { id } = await traders.table.create(
        owner,
        { ...GOOD, timeframes: ["1m"], triggerInterval: "1m" },
        undefined,
      );
      ids.set(owner, id);
      const key = `'${id}', '1m', 1`;
      await as(
        "service_role",
        undefined,
        `insert into public.executions (trader_id, interval, close_time) values (${key})`,
      );
      await as(
        "service_role",
        undefined,
        `insert into public.signals (trader_id, interval, close_time, trader_version, symbol, price) values (${key}, 1, 'X', 1)`,
      );
    }
    await sql`insert into public.signal_outcomes (signal_id, horizon, return_percent) select id, 1, 2 from public.signals`;
    const [{ id: signalId } = { id: 0 }] =
      await sql`select id from public.signals where trader_id = ${ids.get("anna") ?? ""}`;
    for (const table of READABLE) {
      const seen = (role: string, claims?: Record<string, unknown>) =>
        as(role, claims, `select * from public.${table}`);
      expect(await seen("authenticated", ANNA)).toMatchObject([
        table === "signal_outcomes"
          ? { signal_id: signalId }
          : { [table === "traders" ? "id" : "trader_id"]: ids.get("anna") },
      ]);
      expect(await seen("authenticated", { ...ANNA, sub: "zoe" })).toEqual([]);
      expect(await seen("authenticated")).toEqual([]);
      expect(await seen("service_role")).toHaveLength(2);
      await expect(seen("anon")).rejects.toThrow("permission denied");
    }
    // Supabase's tokens name the audience; older ones may say it by the role alone.
    expect(
      await as("authenticated", { sub: "anna", role: "authenticated" }, "select id from public.traders"),
    ).toHaveLength(1);
    const refused = [
      "update public.traders set name = 'new'",
      "update public.traders set owner = 'berta'",
      "update public.traders set version = 99",
      "update public.traders set runs_after = 5",
      "delete from public.traders",
      "truncate public.traders cascade",
      `insert into public.executions (trader_id, interval, close_time) values ('${ids.get("anna")}', '1m', 2)`,
      "update public.executions set status = 'done'",
      `insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price) values ('${ids.get("anna")}', 1, 'X', '1m', 2, 1)`,
      "delete from public.signals",
      "select * from public.looks",
      "update public.trader_versions set code = 'other'",
      "delete from public.trader_versions",
      "insert into public.signal_outcomes (signal_id, horizon) select id, 4 from public.signals",
      "update public.signal_outcomes set return_percent = 99",
      "select * from public.outcomes_due",
      `insert into public.price_alerts (owner, symbol, kind, condition, armed_at, revision) values ('anna', 'X', 'level', '{"kind": "level"}', 0, 0)`,
      "update public.price_alerts set state = 'active'",
      "delete from public.price_alerts",
      "update public.alert_events set price = 1",
      "delete from public.alert_events",
      "select * from public.alert_watches",
    ];
    for (const query of refused) await expect(as("authenticated", ANNA, query)).rejects.toThrow("permission denied");
    expect(await stored()).toBe(2);
  });

  test("the page on functions names the columns that users read", async () => {
    const page = readFileSync(join(import.meta.dir, "../../docs/functions.md"), "utf8");
    const rows = [...page.matchAll(/^\| ((?:`[a-z_]+`(?:, )?)+) \| (all|none)\b/gm)].flatMap(([, names = "", which]) =>
      [...names.matchAll(/`(\w+)`/g)].map(([, table]) => ({ table: table as string, which })),
    );
    const named = (/`select=([a-z_,]+)`/.exec(page)?.[1] ?? "").split(",");
    const tables = await sql<{ name: string }[]>`
      select table_name as name from information_schema.tables where table_schema = 'public' and table_name not like 'vyx_%'`;
    expect(rows.map(({ table }) => table).toSorted()).toEqual(tables.map(({ name }) => name).toSorted());
    for (const { table, which } of rows) {
      const columns = await sql<{ name: string; may: boolean }[]>`
        select column_name as name, has_column_privilege('authenticated', ${`public.${table}`}, column_name, 'select') as may
        from information_schema.columns where table_schema = 'public' and table_name = ${table}`;
      const may = columns.filter((column) => column.may).map(({ name }) => name);
      const all = columns.map(({ name }) => name);
      const meant = which === "none" ? [] : table === "destinations" ? named : all;
      expect([table, may.toSorted()]).toEqual([table, meant.toSorted()]);
    }
    expect(await as("authenticated", ANNA, `select ${named.join(", ")} from public.destinations`)).toEqual([]);
  });

  test("a user reads their own destinations without the address, which has secrets, and writes none", async () => {
    const ids: string[] = [];
    for (const owner of ["anna", "berta"]) {
      const address = `{"kind": "webhook", "url": "https://hooks.example/${owner}"}`;
      const [row] = await as(
        "service_role",
        undefined,
        `insert into public.destinations (owner, name, kind, address, shown) values ('${owner}', 'n', 'webhook', '${address}', 'https://hooks.example/…') returning id`,
      );
      ids.push(row?.id as string);
      const { id } = await traders.table.create(
        owner,
        { ...GOOD, timeframes: ["1m"], triggerInterval: "1m" },
        undefined,
      );
      await as(
        "service_role",
        undefined,
        `insert into public.signals (trader_id, interval, close_time, trader_version, symbol, price) values ('${id}', '1m', 1, 1, 'X', 1)`,
      );
    }
    const mine = await as("authenticated", ANNA, "select id, shown from public.destinations");
    expect([...mine]).toEqual([{ id: ids[0], shown: "https://hooks.example/…" }]);
    const messages = await as("authenticated", ANNA, "select destination_id, state from public.deliveries");
    expect([...messages]).toEqual([{ destination_id: ids[0], state: "waiting" }]);
    const refused = [
      "select address from public.destinations",
      "select * from public.destinations",
      "update public.destinations set enabled = false",
      "delete from public.destinations",
      "update public.deliveries set state = 'done'",
      "delete from public.deliveries",
    ];
    for (const query of refused) await expect(as("authenticated", ANNA, query)).rejects.toThrow("permission denied");
    for (const table of ["destinations", "deliveries"]) {
      await expect(as("anon", undefined, `select 1 from public.${table}`)).rejects.toThrow("permission denied");
    }
    await sql`delete from public.destinations`;
  });

  test("rows that an earlier version let in are mended, or switched off where what was meant can't be known", async () => {
    const { sql: old } = await databases.create();
    const migrations = readMigrations();
    const before = migrations.findIndex(({ name }) => name === "functions_alone_write");
    await migrateUp(old, migrations.slice(0, before));
    await old`insert into public.traders (owner, name, code, timeframes, trigger_interval, symbols, enabled) values
      ('a', 'good', 'c', '{1h,1m}', '1m', '{币安人生USDT,A_B-C.D}', true),
      ('a', ' ', 'c', '{1m,NULL,7m}', '5m', '{A B,AAAUSDT,NULL}', true),
      ('a', 'lost', 'c', '{7m}', '5m', '{a}', true),
      ('a', 'nested', 'c', '{{1m,5m},{1h,7m}}', '1m', null, true)`;
    await migrateUp(old, migrations);
    expect([
      ...(await old`select name, timeframes, symbols, enabled from public.traders order by created_at, name desc`),
    ]).toEqual([
      { name: "nested", timeframes: ["1m", "5m", "1h"], symbols: null, enabled: true },
      { name: "lost", timeframes: ["5m"], symbols: null, enabled: false },
      { name: "good", timeframes: ["1h", "1m"], symbols: ["币安人生USDT", "A_B-C.D"], enabled: true },
      { name: "Without a name", timeframes: ["1m"], symbols: ["AAAUSDT"], enabled: true },
    ]);
  });
});
