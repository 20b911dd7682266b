import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import pino from "pino";
import { systemClock } from "../../src/cli/clock.ts";
import { readMigrations } from "../../src/cli/migrations-folder.ts";
import { readSettings } from "../../src/cli/read-settings.ts";
import { startVyx } from "../../src/cli/serve.ts";
import { startEmbeddedDatabase } from "../../src/embedded/mod.ts";
import { createExchange } from "../../src/exchange/mod.ts";
import {
  copyTraders,
  ExecutionsTable,
  migrateUp,
  noRows,
  openDatabase,
  type Sql,
  TraderEngine,
  TradersTable,
} from "../../src/traders/mod.ts";
import { ManualClock } from "../helpers/clock.ts";
import { migratedOn } from "../helpers/databases.ts";
import { dataFolder } from "../helpers/made-database.ts";
import { aTrader, minuteClose, RuleMarket, RuleScreener, SYMBOLS } from "../helpers/made-up-traders.ts";
import { hasPostgres, type RunningPostgres, startPostgres } from "../helpers/postgres.ts";
import { ofSpot } from "../helpers/schedules.ts";
import { type EndedCommand, runVyx } from "../helpers/vyx-command.ts";

describe.skipIf(!hasPostgres)("moving traders out of a server's own database", () => {
  let postgres: RunningPostgres;
  let folder: string;
  let url: string;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.stop());
  beforeEach(async () => {
    folder = await dataFolder();
    url = await postgres.createDatabase();
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Does something with the database in the folder. */
  const withOwn = async (work: (sql: Sql) => Promise<void>): Promise<void> => {
    const own = await startEmbeddedDatabase(folder);
    const sql = openDatabase({ url: own.url, connections: 1 });
    try {
      await migrateUp(sql, readMigrations());
      await work(sql);
    } finally {
      await sql.end();
      await own.stop();
    }
  };
  /** Two owners' traders with runs at two closes, one of which waits for a symbol and one of which was under way. */
  const fill = async (sql: Sql): Promise<void> => {
    const traders = new TradersTable(sql);
    for (const owner of ["local", "key:bot"]) {
      await traders.create(owner, aTrader({ description: "Ü '\\ 🚀", symbols: [...SYMBOLS] }), minuteClose(-1));
    }
    await traders.create("local", aTrader({ market: "bybit" }), minuteClose(-1));
    await sql`insert into public.destinations (owner, name, kind, address, shown) values
      ('local', 'Bot', 'webhook', '{"kind": "webhook", "url": "https://hooks.example/"}', 'https://hooks.example')`;
    const market = new RuleMarket();
    market.without.set(minuteClose(1), new Set(SYMBOLS.slice(0, 1)));
    const executions = new ExecutionsTable(sql);
    const engine = new TraderEngine({
      executions,
      market,
      screener: new RuleScreener(),
      clock: new ManualClock(),
      stopwatch: () => 0,
      log: { info: () => {}, warn: () => {} },
    });
    for (const index of [0, 1]) await engine.close({ interval: "1m", closeTime: minuteClose(index) });
    await executions.schedule(ofSpot("1m"), minuteClose(2), 10);
    await executions.claim(1, 600_000);
    await traders.update("key:bot", (await sql`select id from public.traders where owner = 'key:bot'`)[0]?.id, {
      code: "every 2",
    });
    await sql`insert into public.signal_outcomes select id, 1, id / 3.0, 4, 1, null, null from public.signals`;
    await sql`insert into public.signal_outcomes (signal_id, horizon) select id, 96 from public.signals where symbol < 'C'`;
  };
  const rowsOf = async (sql: Sql): Promise<unknown> => ({
    traders: [...(await sql`select * from public.traders order by id`)],
    // As JSON: a Date can't be infinite.
    destinations: (await sql`select to_jsonb(d) as one from public.destinations d order by id`).map(({ one }) => one),
    executions: [...(await sql`select * from public.executions order by trader_id, close_time`)],
    versions: (
      await sql`select v.*, first_id is not distinct from least and last_id is not distinct from greatest as has_ids
        from public.trader_versions v cross join lateral (select min(id) as least, max(id) as greatest from public.signals s
          where s.trader_id = v.trader_id and s.trader_version = v.version) ids order by trader_id, version`
    ).map(({ first_id: _, last_id: __, least: ___, greatest: ____, ...version }) => version),
    signals: (await sql`select * from public.signals order by id`).map(({ id: _, ...signal }) => signal),
    outcomes: (
      await sql`select * from public.signal_outcomes join public.signals on id = signal_id order by signal_id, horizon`
    ).map(({ id: _, signal_id: __, ...outcome }) => outcome),
    due: (
      await sql`select s.trader_id, s.symbol, s.close_time, market, d.interval, due_at from public.outcomes_due d
        join public.signals s on s.id between first_id and last_id and s.trader_id = d.trader_id and s.close_time = d.close_time
        where symbol >= 'C' order by s.id`
    ).map((row) => row),
  });
  const vyx = (...options: string[]): Promise<EndedCommand> => runVyx(["database", "--database-url", url, ...options]);

  test("takes all of it, and puts the old database away", async () => {
    let filled: unknown;
    await withOwn(async (own) => {
      await fill(own);
      filled = await rowsOf(own);
    });
    const what = `3 traders, 6 executions and 14 signals from ${folder}`;
    expect((await vyx("--move-from", folder, "--dry-run")).out).toContain("once these migrations are applied");
    await vyx();
    expect((await vyx("--move-from", folder, "--dry-run")).out).toContain(`would have moved: ${what}`);
    await withOwn(async (own) => expect(await rowsOf(own)).toEqual(filled));
    const sql = openDatabase({ url, connections: 2 });
    expect(await new TradersTable(sql).count()).toBe(0);
    const heard: string[] = [];
    await sql.listen("vyx_signals", (id) => heard.push(id));
    expect(await vyx("--move-from", folder)).toMatchObject({ code: 0, out: expect.stringContaining(`moved: ${what}`) });
    const moved = (await rowsOf(sql)) as {
      traders: { market: string }[];
      executions: { status: string; pending: string[]; lease_token: unknown }[];
    };
    // What waits to be sent isn't moved, and nobody is told of signals anew.
    expect([...(await sql`select from public.deliveries`)]).toEqual([]);
    expect(moved.traders.map(({ market }) => market).sort()).toEqual(["binance", "binance", "bybit"]);
    expect(moved.executions.map(({ status }) => status).sort()).toEqual([...Array(4).fill("done"), "queued", "queued"]);
    expect(moved.executions.filter(({ pending }) => pending.length === 1)).toHaveLength(2);

    const [kept = ""] = readdirSync(folder).filter((name) => name.startsWith("database.moved-"));
    expect(existsSync(join(folder, "database"))).toBe(false);
    const again = await vyx("--move-from", folder);
    expect([again.code, again.err]).toEqual([
      1,
      expect.stringContaining(`${folder} holds no traders: expected the data folder of a server`),
    ]);
    // What was put away can be had back, and moving it once more changes nothing.
    rmSync(join(folder, "database"), { recursive: true, force: true });
    Bun.spawnSync(["mv", join(folder, kept), join(folder, "database")]);
    await withOwn(async (own) => {
      expect(await rowsOf(own)).toEqual(moved);
      expect(await copyTraders(own, sql, { dryRun: false })).toEqual(noRows());
    });
    expect(await rowsOf(sql)).toEqual(moved);
    // A signal that is stored from here on is published, those that were moved weren't.
    await sql`insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price)
      select id, 1, 'X', '1m', 1, 1 from public.traders limit 1`;
    const [{ id } = { id: 0 }] = await sql`select max(id) as id from public.signals`;
    while (heard.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(heard).toEqual([String(id)]);
    await sql.end();
  });

  test("leaves all as it is when the database refuses a part of it", async () => {
    await withOwn(fill);
    const sql = await migratedOn(url);
    await sql`insert into public.traders (owner, name, code, timeframes, trigger_interval)
      select 'key:bot', 'n', 'c', '{1m}', '1m' from generate_series(1, 500)`;
    const { code, err } = await vyx("--move-from", folder);
    expect([code, err]).toEqual([1, expect.stringContaining("there are 500 traders already")]);
    expect(await new TradersTable(sql).count()).toBe(500);
    expect(existsSync(join(folder, "database"))).toBe(true);
    await sql.end();
  });

  test("a server that is started with another database says that the old one's traders don't run", async () => {
    await (await migratedOn(url)).end();
    const exchange = createExchange({ port: 0, clock: systemClock, symbols: 1, seed: 7 });
    const warned = async (flags: { dataDir: string; databaseUrl?: string }): Promise<string[]> => {
      const lines: string[] = [];
      const log = pino({ level: "warn" }, { write: (line: string) => lines.push(JSON.parse(line).msg) });
      const addresses = { exchangeRest: exchange.url, exchangeWs: exchange.url.replace("http", "ws") };
      const { settings } = readSettings({ port: "0", symbols: "*", ...addresses, ...flags }, {});
      await (await startVyx(settings, log)).stop();
      return lines.filter((line) => line.includes("traders of its own"));
    };
    const words = `the data folder ${folder} holds traders of its own, which don't run while --database-url is set. To move them, stop the server and run: vyx database --database-url URL --move-from ${folder}`;
    expect(await warned({ dataDir: folder, databaseUrl: url })).toEqual([words]);
    expect(await warned({ dataDir: folder })).toEqual([]);
    rmSync(join(folder, "database"), { recursive: true });
    expect(await warned({ dataDir: folder, databaseUrl: url })).toEqual([]);
    await exchange.stop();
  });
});
