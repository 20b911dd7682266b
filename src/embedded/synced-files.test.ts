import { afterEach, expect, test } from "bun:test";
import { copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { dataFolder } from "../../tests/helpers/made-database.ts";
import { seededRandom } from "../core/mod.ts";
import { SyncedFiles, type Syncing } from "./synced-files.ts";

const folders: string[] = [];
afterEach(() => {
  for (const made of folders.splice(0)) rmSync(made, { recursive: true, force: true });
});

const START = [...PGlite.defaultStartParams.filter((one) => one !== "-F"), "-c", "wal_sync_method=fsync"];

/** A database in a folder of its own. `turn` lets a second pass. */
async function opened(
  durability: "commit" | "second",
  sync: (path: string) => void,
): Promise<{ place: string; database: PGlite; turn: () => void }> {
  const folder = await dataFolder();
  folders.push(folder);
  const place = join(folder, "database", "postgres");
  let turn = (): void => {};
  const syncing: Syncing = {
    sync: (_file, path) => sync(path),
    every: (_ms, work) => {
      turn = work;
      return () => {};
    },
  };
  const database = await PGlite.create({
    fs: new SyncedFiles(place, durability, undefined, syncing),
    startParams: START,
  });
  return { place, database, turn: () => turn() };
}

test("with commit each commit is synced before it is answered, with second within a second and before any page", async () => {
  let synced: string[] = [];
  const take = (): string[] => synced.splice(0).map((path) => (path.includes("/pg_wal/") ? "log" : "page"));
  for (const durability of ["commit", "second"] as const) {
    const { database, turn } = await opened(durability, (path) => synced.push(path));
    await database.exec("create table rows (n integer); insert into rows values (0)");
    turn();
    synced = [];
    await database.exec("insert into rows values (1)");
    await database.exec("insert into rows values (2)");
    expect(take()).toEqual(durability === "commit" ? ["log", "log"] : []);
    turn();
    expect(take()).toEqual(durability === "commit" ? [] : ["log"]);
    turn();
    expect(take()).toEqual([]);
    await database.exec("insert into rows values (3)");
    await database.exec("checkpoint");
    const order = take();
    expect(order[0]).toBe("log");
    expect(order).toContain("page");
    await database.close();
  }
});

test("a sync that fails is never forgotten: nothing is written as if it were saved", async () => {
  let fault: Error | undefined;
  const { database, turn } = await opened("second", () => {
    if (fault !== undefined) throw fault;
  });
  await database.exec("create table rows (n integer)");
  turn();
  await database.exec("insert into rows values (1)");
  fault = Object.assign(new Error("EIO: i/o error, fsync"), { code: "EIO" });
  turn();
  fault = undefined;
  await expect(Promise.resolve(database.exec("checkpoint"))).rejects.toThrow();
});

/** Copies one file into an image of the disk; one that is gone by now is gone there, too. */
function save(path: string, place: string, image: string): void {
  const copy = join(image, relative(place, path));
  mkdirSync(dirname(copy), { recursive: true });
  if (existsSync(path) && statSync(path).isFile()) copyFileSync(path, copy);
}

/** The files under a folder, by their paths in it. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

test("after a power loss, whichever files the system had written by then, it opens with all but the last second", async () => {
  const shelf = mkdtempSync(join(tmpdir(), "vyx-power-"));
  folders.push(shelf);
  // What is surely on the disk: each file as it was when it was last synced.
  const synced = join(shelf, "synced");
  let place = "";
  const opening = await opened("second", (path) => {
    if (place !== "") save(path, place, synced);
  });
  const { database, turn } = opening;
  await database.exec("create table rows (n integer, text text); create index on rows (n)");
  await database.exec("checkpoint");
  cpSync(opening.place, synced, { recursive: true });
  place = opening.place;

  const random = seededRandom(20_261_129);
  let n = 0;
  for (let cut = 0; cut < 3; cut += 1) {
    const steps = 3 + Math.floor(random() * 6);
    let safe = n;
    for (let step = 0; step < steps; step += 1) {
      await database.exec(`insert into rows select n, repeat('x', 500) from generate_series(${n + 1}, ${n + 200}) n`);
      n += 200;
      if (random() < 0.3) await database.exec("checkpoint");
      if (random() < 0.4) {
        turn();
        safe = n;
      }
    }
    // Of each file that has changed since its last sync, the disk has the old state or the new one.
    const image = join(shelf, `cut-${cut}`);
    cpSync(synced, image, { recursive: true });
    for (const name of filesIn(place)) if (random() < 0.5) save(join(place, name), place, image);
    const after = await PGlite.create({ dataDir: image, startParams: START });
    const { rows } = await after.query<{ found: number; last: number }>(
      "select count(*)::integer as found, coalesce(max(n), 0) as last from rows",
    );
    const { found, last } = rows[0] ?? { found: 0, last: 0 };
    expect(found, `cut ${cut}`).toBe(last);
    expect(last, `cut ${cut}`).toBeGreaterThanOrEqual(safe);
    await after.close();
    rmSync(image, { recursive: true, force: true });
  }
  await database.close();
});
