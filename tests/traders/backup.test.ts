import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pino from "pino";
import { Backup, writeBackup } from "../../src/cli/backup/backup-file.ts";
import { lastBackupAt } from "../../src/cli/backup/last-backup.ts";
import { systemClock } from "../../src/cli/clock.ts";
import { readMigrations } from "../../src/cli/migrations-folder.ts";
import { readSettings } from "../../src/cli/read-settings.ts";
import { startVyx } from "../../src/cli/serve.ts";
import { parseSymbol } from "../../src/core/mod.ts";
import { startEmbeddedDatabase } from "../../src/embedded/mod.ts";
import { createExchange } from "../../src/exchange/mod.ts";
import type { RowSlice } from "../../src/screening/mod.ts";
import { migrateUp, openDatabase, type Sql, TradersTable } from "../../src/traders/mod.ts";
import { migratedOn } from "../helpers/databases.ts";
import { dataFolder } from "../helpers/made-database.ts";
import { aTrader, minuteClose, SYMBOLS } from "../helpers/made-up-traders.ts";
import { hasPostgres, type RunningPostgres, startPostgres } from "../helpers/postgres.ts";
import { type EndedCommand, runVyx } from "../helpers/vyx-command.ts";

const VERSIONS = readMigrations().map(({ version }) => version);
/** The launcher, for a command beside a server that runs in this process. */
const VYX = join(import.meta.dir, "../../bin/vyx");

const EXTRAS = { createdAt: "2026-02-10T00:00:00.000Z", program: "1.2.3", migrations: VERSIONS, keys: undefined };

/** Runs a command in this process, without settings of the environment. */
const vyx = (...words: string[]): Promise<EndedCommand> => runVyx(words);

/** Runs a command as a user does, in a process of its own. */
async function vyxApart(...words: string[]): Promise<EndedCommand> {
  const running = Bun.spawn(["node", VYX, ...words], { stdout: "pipe", stderr: "pipe" });
  const [out, err] = await Promise.all([new Response(running.stdout).text(), new Response(running.stderr).text()]);
  return { code: await running.exited, out, err };
}

async function rowsOf(sql: Sql): Promise<Record<string, { id: number }[]>> {
  return {
    traders: [...(await sql<{ id: number }[]>`select * from public.traders order by id`)],
    // As JSON: a Date can't be infinite.
    destinations: (
      await sql<{ one: { id: number } }[]>`select to_jsonb(d) as one from public.destinations d order by id`
    ).map(({ one }) => one),
    // Each row gets a revision of its own where it is written.
    alerts: (
      await sql<
        { one: { id: number } }[]
      >`select to_jsonb(a) - 'revision' as one from public.price_alerts a order by id`
    ).map(({ one }) => one),
    executions: [
      ...(await sql<{ id: number }[]>`select * from public.executions order by trader_id, interval, close_time`),
    ],
    signals: [...(await sql<{ id: number }[]>`select * from public.signals order by id`)],
    // Signals that are stored while the others are read count already.
    versions: (
      await sql<
        { id: number; signals: number; day_signals: number; last_id: number }[]
      >`select * from public.trader_versions order by trader_id, version`
    ).map(({ signals: _, day_signals: __, last_id: ___, ...version }) => version),
    outcomes: [
      ...(await sql<
        { id: number }[]
      >`select signal_id as id, o.* from public.signal_outcomes o order by signal_id, horizon`),
    ],
  };
}

/** Does something with the database in a folder whose server doesn't run. */
async function within<Result>(folder: string, work: (sql: Sql) => Promise<Result>): Promise<Result> {
  const own = await startEmbeddedDatabase(folder);
  const sql = openDatabase({ url: own.url, connections: 1 });
  try {
    await migrateUp(sql, readMigrations());
    return await work(sql);
  } finally {
    await sql.end();
    await own.stop();
  }
}

describe("vyx backup and vyx restore", () => {
  let folder: string;
  let other: string;
  let place: string;
  beforeEach(async () => {
    [folder, other] = [await dataFolder(), await dataFolder()];
    place = mkdtempSync(join(tmpdir(), "vyx-backups-"));
  });
  afterEach(() => {
    for (const made of [folder, other, place]) rmSync(made, { recursive: true, force: true });
  });

  test("of a server that runs and stores signals meanwhile: all that was there at the beginning, none twice", async () => {
    const exchange = createExchange({ port: 0, clock: systemClock, symbols: 1, seed: 7 });
    const addresses = { exchangeRest: exchange.url, exchangeWs: exchange.url.replace("http", "ws") };
    const { settings } = readSettings({ port: "0", symbols: "*", ...addresses, dataDir: folder }, {});
    const server = await startVyx(settings, pino({ level: "silent" }));
    const { table, executions, signals } = await server.traders.traders();
    const trader = await table.create("gerda", aTrader({ description: "Ü '\\ 🚀\n", enabled: false }), undefined);
    const store = async (index: number): Promise<void> => {
      const matches = SYMBOLS.map((symbol) => ({ symbol, price: index + 0.1, facts: { index, text: "Ü\n" } }));
      await executions.storeBeside(
        { traderId: trader.id, interval: "1m", closeTime: minuteClose(index) },
        trader,
        matches,
        () => {},
      );
    };
    for (let index = 0; index < 60; index += 1) await store(index);
    const first = await signals.lastId();
    let isDone = false;
    const load = (async () => {
      for (let index = 60; !isDone; index += 1) await store(index);
    })();
    const file = join(place, "vyx-2026-11-29.backup");
    const backed = await vyxApart("backup", file, "--data-dir", folder);
    isDone = true;
    await load;
    await server.stop();
    await exchange.stop();
    expect(backed).toMatchObject({ code: 0, err: "", out: expect.stringContaining("backed up: 1 trader, ") });

    const before = await within(folder, rowsOf);
    const { after, next } = await within(other, async (sql) => {
      await Backup.open(file, VERSIONS).restore(sql, { replaces: false });
      const after = await rowsOf(sql);
      // The next signal's id is above all of them.
      const [next] = await sql<{ id: number }[]>`
        insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price)
        values (${trader.id}, 1, 'X', '1m', 1, 1) returning id`;
      // What is there can be replaced.
      await Backup.open(file, VERSIONS).restore(sql, { replaces: true });
      expect(await rowsOf(sql)).toEqual(after);
      return { after, next: next?.id };
    });
    const last = after.signals?.at(-1)?.id ?? 0;
    expect(last).toBeGreaterThanOrEqual(first);
    expect(before.signals?.length).toBeGreaterThan(240);
    // Outcomes that came after theirs had been read come again.
    const outcomes = new Map((before.outcomes ?? []).map((one) => [JSON.stringify(one), one]));
    const known = (after.outcomes ?? []).filter((one) => outcomes.has(JSON.stringify(one)));
    expect(after).toEqual({
      ...before,
      signals: before.signals?.filter(({ id }) => id <= last) ?? [],
      outcomes: known,
    });
    expect(next).toBeGreaterThan(last);
  });

  test("a damaged database isn't opened; a restore keeps it and puts the backup in its place", async () => {
    const file = join(place, "vyx-2026-11-29.backup");
    await within(folder, async (sql) => {
      await new TradersTable(sql).create("gerda", aTrader(), undefined);
      const rows = await sql<{ row: string }[]>`select to_json(t)::text as row from public.traders t`;
      async function* slices(): AsyncGenerator<RowSlice, void> {
        yield { table: "traders", rows: rows.map(({ row }) => row) };
      }
      await writeBackup(file, slices(), { ...EXTRAS, settings: {} });
    });
    truncateSync(join(folder, "database", "postgres", "global", "pg_control"), 100);
    await expect(startEmbeddedDatabase(folder)).rejects.toThrow(
      `the database in ${folder} is damaged (global/pg_control is cut short: 100 bytes of 8192) and isn't opened: this would lose rows of traders, executions or signals; to put a backup in its place, stop the server and run: vyx restore FILE --data-dir ${folder} --force`,
    );
    const restored = await vyx("restore", file, "--data-dir", folder, "--force");
    expect([restored.err, restored.code]).toEqual(["", 0]);
    const kept = readdirSync(folder).find((name) => name.startsWith("database.moved-"));
    expect(restored.out).toContain(`the damaged database is kept in ${join(folder, kept ?? "nowhere")}`);
    expect(restored.out).toContain("restored: 1 trader");
  });

  test("takes keys and settings along, but no secrets", async () => {
    const keys = join(place, "keys.json");
    writeFileSync(keys, '{"keys": "as they are"}\n');
    const file = join(place, "vyx-2026-11-29.backup");
    expect(lastBackupAt(folder)).toBeUndefined();
    const before = Date.now();
    expect(await vyx("backup", file, "--data-dir", folder, "--keys-file", keys)).toMatchObject({ code: 0, err: "" });
    // For the server's metric: an ISO date with milliseconds.
    expect(lastBackupAt(folder)).toBeGreaterThanOrEqual(before);
    if (process.platform !== "win32") expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(await vyx("backup", file, "--data-dir", folder)).toMatchObject({
      code: 1,
      err: expect.stringContaining(`${file} exists: choose another name, or --force`),
    });
    const [again, settings] = [join(place, "keys-again.json"), join(place, "settings")];
    const flags = ["--data-dir", other, "--keys-file", again, "--settings-file", settings];
    expect(await vyx("restore", file, ...flags)).toMatchObject({ code: 0, err: "" });
    expect(readFileSync(again)).toEqual(readFileSync(keys));
    expect(readFileSync(settings, "utf8")).toBe(`VYX_DATA_DIR=${other}\nVYX_KEYS_FILE=${again}\n`);
  });

  test("a folder without a database gives a backup without traders, and says so", async () => {
    const empty = join(place, "empty");
    mkdirSync(empty);
    expect(await vyx("backup", join(place, "vyx.backup"), "--data-dir", empty)).toMatchObject({
      code: 0,
      out: expect.stringContaining("backed up: 0 traders, "),
      err: expect.stringContaining(`vyx: ${empty} has no database, so the backup has no traders.`),
    });
  });

  test("neither a damaged file nor a database with traders is touched", async () => {
    await within(folder, (sql) => new TradersTable(sql).create("gerda", aTrader(), undefined));
    const file = join(place, "vyx-2026-11-29.backup");
    async function* slices(): AsyncGenerator<RowSlice, void> {
      yield { table: "executions", rows: ["{}"] };
    }
    await writeBackup(file, slices(), { ...EXTRAS, settings: {} });
    expect(await vyx("restore", file, "--data-dir", folder)).toMatchObject({
      code: 1,
      err: expect.stringContaining(`${folder} already holds 1 trader: expected an empty one, or --force`),
    });
    expect(() => Backup.open(file, VERSIONS.slice(1))).toThrow("was written by a newer version of Vyx, 1.2.3");

    const whole = readFileSync(file);
    const [damaged, absent] = [join(place, "damaged"), join(place, "absent")];
    for (const [content, words] of [
      [whole.subarray(0, whole.length - 1_500), "is not whole: it ends before its list of contents"],
      [Buffer.from("x".repeat(2_000)), "is not a backup: expected a file that `vyx backup` wrote"],
      [Buffer.from(whole).fill(1, 520, 521), "is damaged: its executions-000001.ndjson.gz is not what was written"],
    ] as const) {
      writeFileSync(damaged, content);
      expect(() => Backup.open(damaged, VERSIONS)).toThrow(words);
    }
    const refused = await vyx("restore", damaged, "--data-dir", absent, "--force");
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("is damaged: its executions-000001")]);
    expect(existsSync(absent)).toBe(false);
  });

  test("each trader comes back with its market; one of a backup from before there were markets is Binance spot's", async () => {
    const bybit = parseSymbol("BYBIT:BTCUSDT");
    const texts = await within(folder, async (sql) => {
      const table = new TradersTable(sql);
      await table.create("gerda", aTrader({ market: "bybit", symbols: [bybit] }), undefined);
      await table.create("hanna", aTrader({ symbols: [...SYMBOLS] }), undefined);
      const rows = await sql<
        { row: string }[]
      >`select row_to_json(t)::text as row from public.traders t order by owner`;
      return rows.map(({ row }) => row);
    });
    const written = async (rows: string[], migrations: readonly string[], name: string): Promise<Backup> => {
      const file = join(place, name);
      async function* slices(): AsyncGenerator<RowSlice, void> {
        yield { table: "traders", rows };
      }
      await writeBackup(file, slices(), { ...EXTRAS, migrations, settings: {} });
      return Backup.open(file, VERSIONS);
    };
    const { market: _, ...old } = JSON.parse(texts[1] ?? "");
    await within(other, async (sql) => {
      const restored = async (backup: Backup): Promise<unknown> => {
        await backup.restore(sql, { replaces: true });
        return (await sql`select owner, market from public.traders order by owner`).map((row) => ({ ...row }));
      };
      expect(await restored(await written(texts, VERSIONS, "now"))).toEqual([
        { owner: "gerda", market: "bybit" },
        { owner: "hanna", market: "binance" },
      ]);
      expect(await restored(await written([JSON.stringify(old)], VERSIONS.slice(0, 5), "old"))).toEqual([
        { owner: "hanna", market: "binance" },
      ]);
    });
  });

  describe.skipIf(!hasPostgres)("with a PostgreSQL server", () => {
    let postgres: RunningPostgres;
    beforeAll(async () => {
      postgres = await startPostgres();
    });
    afterAll(() => postgres?.stop());

    test("an embedded database's rows move there, and from there into a folder", async () => {
      const before = await within(folder, async (sql) => {
        const { id } = await new TradersTable(sql).create("gerda", aTrader({ enabled: false }), undefined);
        await sql`insert into public.destinations (owner, name, kind, address, shown, enabled) values
          ('gerda', 'Bot', 'webhook', '{"kind": "webhook", "url": "https://hooks.example/"}', 'https://hooks.example', false)`;
        await sql`insert into public.price_alerts (owner, symbol, kind, condition, side, armed_at, destination_id)
          select 'gerda', 'BTCUSDT', 'level', '{"kind": "level", "price": 70000}', 'below', 1770681600000, id from public.destinations`;
        await sql`insert into public.executions (trader_id, interval, close_time, status, pending, lease_token, lease_until)
          values (${id}, '1m', 1, 'done', '{"AAAUSDT"}', null, null), (${id}, '1m', 2, 'queued', '{}', null, null)`;
        await sql`insert into public.signals (trader_id, trader_version, symbol, interval, close_time, price)
          select ${id}, 1, 'S' || n, '1m', n, n / 3.0::float from generate_series(1, 2500) n`;
        await sql`delete from public.signals where id % 7 = 0`;
        return await rowsOf(sql);
      });
      const [one, two] = [join(place, "one"), join(place, "two")];
      const url = await postgres.createDatabase();
      expect(await vyx("backup", one, "--data-dir", folder)).toMatchObject({ code: 0, err: "" });
      expect(await vyx("restore", one, "--database-url", url)).toMatchObject({ code: 0, err: "" });
      const sql = await migratedOn(url);
      expect(await rowsOf(sql)).toEqual(before);
      expect(await vyx("backup", two, "--database-url", url)).toMatchObject({ code: 0, err: "" });
      await sql.end();
      await within(other, async (sql) => {
        await Backup.open(two, VERSIONS).restore(sql, { replaces: false });
        expect(await rowsOf(sql)).toEqual(before);
      });
    });
  });
});
