import { afterEach, describe, expect, test } from "bun:test";
import { once } from "node:events";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { dataFolder } from "../../tests/helpers/made-database.ts";
import { until } from "../../tests/helpers/until.ts";
import { openDatabase } from "../traders/mod.ts";
import { startEmbeddedDatabase } from "./database.ts";
import { removeDeadSockets } from "./sockets.ts";

const folders: string[] = [];
const folder = (): string => {
  const made = mkdtempSync(join(tmpdir(), "vyx-embedded-"));
  folders.push(made);
  return made;
};
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

/** A process of its own that opens the database in a folder, writes a row, says so and stays. */
const WRITER = `
  import { startEmbeddedDatabase } from "${join(import.meta.dir, "database.ts")}";
  import { openDatabase } from "${join(import.meta.dir, "../traders/mod.ts")}";
  const database = await startEmbeddedDatabase(process.argv[1]);
  const sql = openDatabase({ url: database.url, connections: 1 });
  await sql.unsafe("create table if not exists rows (n integer)");
  for (let n = 0; n < 200; n += 1) await sql\`insert into rows values (\${n})\`;
  console.log("written");
  for (;;) await sql\`insert into rows values (-1)\`;
`;

async function writerIn(place: string): Promise<Bun.Subprocess<"ignore", "pipe", "inherit">> {
  const writer = Bun.spawn([process.execPath, "-e", WRITER, place], {
    stdin: "ignore",
    stdout: "pipe",
    stderr: "inherit",
  });
  const reader = writer.stdout.getReader();
  expect(new TextDecoder().decode((await reader.read()).value)).toBe("written\n");
  reader.releaseLock();
  return writer;
}

test("a folder serves one process at a time, and what it wrote survives that it is killed", async () => {
  const place = await dataFolder();
  folders.push(place);
  const writer = await writerIn(place);
  await expect(startEmbeddedDatabase(place)).rejects.toThrow(`in use by another server (process ${writer.pid})`);
  writer.kill("SIGKILL");
  await writer.exited;
  const database = await startEmbeddedDatabase(place);
  const sql = openDatabase({ url: database.url, connections: 1 });
  const [row] = await sql<{ kept: number }[]>`select count(distinct n)::integer as kept from rows where n >= 0`;
  expect(row?.kept).toBe(200);
  await sql.end();
  await database.stop();
});

test("a connection whose end isn't heard yet keeps no other one out, and doesn't hold up the stop", async () => {
  const place = await dataFolder();
  folders.push(place);
  const database = await startEmbeddedDatabase(place);
  const pools = Array.from({ length: 8 }, () => openDatabase({ url: database.url, connections: 1 }));
  for (const sql of pools) expect([...(await sql`select 1 as n`)]).toEqual([{ n: 1 }]);
  await database.stop();
  await Promise.all(pools.map((sql) => sql.end()));
});

test("a folder that holds something else is told", async () => {
  const place = folder();
  writeFileSync(join(place, "database"), "");
  await expect(startEmbeddedDatabase(place)).rejects.toThrow("can't be written");
});

/** The paths under a folder, itself included, that other users may do anything with. */
function openToOthers(path: string): string[] {
  const all = readdirSync(path, { recursive: true }).map((name) => join(path, String(name)));
  return [path, ...all].filter((one) => (statSync(one).mode & 0o077) !== 0);
}

test.skipIf(process.platform === "win32")(
  "other users can't enter its folder, nor read or write its files",
  async () => {
    const place = await dataFolder();
    folders.push(place);
    const database = join(place, "database");
    // What an earlier version left: files for everybody, in a folder that everybody may enter.
    chmodSync(database, 0o755);
    expect(openToOthers(database).length).toBeGreaterThan(100);
    const made = join(database, "postgres", "PG_VERSION");
    chmodSync(made, 0o666);
    const running = await startEmbeddedDatabase(place);
    // Files that the database makes from now on may be open to everybody again, and nobody gets to them.
    expect([statSync(database).mode & 0o777, statSync(made).mode & 0o777]).toEqual([0o700, 0o600]);
    expect(openToOthers(join(database, "postgres", "base")).length).toBeLessThan(10);
    await running.stop();
  },
);

test("a folder that was moved away is noticed", async () => {
  const place = await dataFolder();
  folders.push(place, `${place}.moved`);
  const database = await startEmbeddedDatabase(place);
  expect(database.lost()).toBeUndefined();
  renameSync(place, `${place}.moved`);
  expect(database.lost()).toContain("was moved or cleared away");
  database.abandon();
  rmSync(place, { recursive: true, force: true });
});

/** Each of these two makes a database, which takes eight seconds of a processor; all others copy one. */
describe("a start that is cut short ends at once, and the next one finds nothing in its way", () => {
  const cutShort = async (place: string | undefined): Promise<void> => {
    const ending = new AbortController();
    const starting = startEmbeddedDatabase(place, ending.signal);
    if (place !== undefined) await until(() => existsSync(join(place, "database", "unfinished")));
    ending.abort(new Error("stopped"));
    await expect(starting).rejects.toThrow("stopped");
  };

  test("in memory, where it lives without a folder", async () => {
    await cutShort(undefined);
    const database = await startEmbeddedDatabase(undefined);
    const sql = openDatabase({ url: database.url, connections: 1 });
    expect(await sql`select 1 as one`).toMatchObject([{ one: 1 }]);
    await sql.end();
    await database.stop();
    const after = openDatabase({ url: database.url, connections: 1 });
    await expect(Promise.resolve(after`select 1`)).rejects.toThrow();
    await after.end();
  });

  test("in a folder: it is made anew however far its making came, and kept once it was finished", async () => {
    const place = folder();
    const at = (...names: string[]): string => join(place, "database", ...names);
    await cutShort(place);
    expect(existsSync(at("unfinished"))).toBe(true);
    // Its version is there, and nothing else that a database needs.
    rmSync(at("postgres"), { recursive: true, force: true });
    mkdirSync(at("postgres"), { recursive: true });
    writeFileSync(at("postgres", "PG_VERSION"), "17\n");
    const database = await startEmbeddedDatabase(place);
    const sql = openDatabase({ url: database.url, connections: 1 });
    await sql`create table kept (n integer)`;
    await sql.end();
    await database.stop();
    expect(existsSync(at("unfinished"))).toBe(false);
    const again = await startEmbeddedDatabase(place);
    const other = openDatabase({ url: again.url, connections: 1 });
    expect(await other`select count(*)::integer as rows from kept`).toMatchObject([{ rows: 0 }]);
    await other.end();
    await again.stop();
  });
});

test("what killed processes left among the temporary files is removed, and what is used or starting is kept", async () => {
  const temporary = folder();
  const made = (name: string): string => {
    mkdirSync(join(temporary, name));
    return join(temporary, name);
  };
  const [dead, starting, other] = [made("vyx-database-dead"), made("vyx-database-starting"), made("something-else")];
  const killed = Bun.spawn([
    process.execPath,
    "-e",
    `require("node:net").createServer().listen(${JSON.stringify(join(dead, ".s.PGSQL.5432"))}, () => process.kill(process.pid, "SIGKILL"))`,
  ]);
  await killed.exited;
  expect(existsSync(join(dead, ".s.PGSQL.5432"))).toBe(true);
  const used = made("vyx-database-used");
  const listening = createServer().listen(join(used, ".s.PGSQL.5432"));
  await once(listening, "listening");
  await removeDeadSockets(temporary);
  expect([dead, starting, used, other].map((place) => existsSync(place))).toEqual([false, true, true, true]);
  listening.close();
});

test("each durability syncs as it says, and files that were written without syncs are synced at the next start", async () => {
  const place = await dataFolder();
  folders.push(place);
  for (const durability of ["off", "second", "commit"] as const) {
    const database = await startEmbeddedDatabase(place, undefined, durability);
    expect(existsSync(join(place, "database", "unsynced"))).toBe(durability === "off");
    const sql = openDatabase({ url: database.url, connections: 1 });
    await sql.unsafe("create table if not exists rows (durability text)");
    await sql`insert into rows values (${durability})`;
    const [{ fsync } = { fsync: "" }] = await sql<{ fsync: string }[]>`show fsync`;
    expect(fsync).toBe(durability === "off" ? "off" : "on");
    await sql.end();
    await database.stop();
  }
  const database = await startEmbeddedDatabase(place);
  const sql = openDatabase({ url: database.url, connections: 1 });
  expect([...(await sql`select durability from rows`)].map((row) => row.durability)).toEqual([
    "off",
    "second",
    "commit",
  ]);
  await sql.end();
  await database.stop();
});
