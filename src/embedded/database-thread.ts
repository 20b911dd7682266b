import { PGlite } from "@electric-sql/pglite";
import { PGLiteSocketServer } from "@electric-sql/pglite-socket";
import { reasonOf } from "../core/mod.ts";
import { atMost } from "./at-most.ts";
import type { DatabaseThreadStart, DatabaseThreadWord } from "./database.ts";
import { PageSums } from "./page-sums.ts";
import { SummedFiles } from "./summed-files.ts";
import { syncFolder } from "./sync-file.ts";
import { SyncedFiles } from "./synced-files.ts";
import { letEventLoopGoFirst } from "./thread-priority.ts";

/** PGlite's parameter that turns all syncs off. */
const NO_SYNC = "-F";

/**
 * Without a checkpointer process, nothing checkpoints when the log has this size; but a checkpoint keeps that much of it for
 * reuse. See DatabaseMaintenance for when checkpoints are made.
 */
const LOG_SIZE = ["-c", "max_wal_size=64MB", "-c", "min_wal_size=32MB"];

/** Error numbers of WASI, preview 1. */
const FILE_FAULTS: Readonly<Record<number, string>> = {
  2: "permission denied",
  19: "the disk quota is used up",
  29: "the disk failed to read or write",
  44: "a file is missing",
  51: "no space is left on the disk",
  63: "the operation isn't permitted",
  69: "the file system is read-only",
};

/**
 * One pool of one connection uses it. But the socket's end of a connection that was closed goes a moment later, and one whose end was
 * never heard keeps its place for good: with a single place each connection after that would be refused.
 */
const CONNECTIONS = 64;

/** Connections that don't end within this time don't keep the database open, in milliseconds. */
const SOCKET_STOPS_WITHIN_MS = 2_000;

declare const self: Worker;

letEventLoopGoFirst();

let close: () => Promise<void> = async () => {};

self.onmessage = async ({ data }: MessageEvent<DatabaseThreadStart | "stop">) => {
  try {
    if (data === "stop") {
      await close();
      say({ stopped: true });
      return;
    }
    const { folder, sumsPath } = data;
    const sums = folder === undefined || sumsPath === undefined ? undefined : new PageSums(folder, sumsPath);
    const damage = sums?.check() ?? [];
    if (damage.length > 0) {
      say({ damage });
      return;
    }
    const database = await open(data, sums);
    sums?.adopt(await namesOfFiles(database));
    const server = new PGLiteSocketServer({ db: database, path: data.socket, maxConnections: CONNECTIONS });
    await server.start();
    close = async () => {
      await atMost(SOCKET_STOPS_WITHIN_MS, server.stop());
      await database.close();
    };
    say({ ready: true });
  } catch (cause) {
    say({ failed: fileFault(cause) ?? reasonOf(cause) });
  }
};

async function open(
  { folder, durability, isUnsynced }: DatabaseThreadStart,
  sums: PageSums | undefined,
): Promise<PGlite> {
  const startParams = [...PGlite.defaultStartParams, ...LOG_SIZE];
  if (folder === undefined) return await PGlite.create({ dataDir: "memory://", startParams });
  if (durability === "off") return await PGlite.create({ fs: new SummedFiles(folder, sums), startParams });
  const database = await PGlite.create({
    fs: new SyncedFiles(folder, durability, sums),
    // Emscripten's fdatasync does nothing, whatever the file system.
    startParams: [...startParams.filter((one) => one !== NO_SYNC), "-c", "wal_sync_method=fsync"],
  });
  if (isUnsynced) syncFolder(folder);
  return database;
}

/** In words, what the files of the traders' tables hold, by their paths. */
async function namesOfFiles(database: PGlite): Promise<Record<string, string>> {
  const { rows } = await database.query<{ path: string; holds: string }>(`
    select pg_relation_filepath(c.oid) as path, case when i.indexrelid is null then 'rows of the table ' || t.relname
      else 'an index of the table ' || t.relname || ', none of its rows' end as holds
    from pg_class c left join pg_index i on i.indexrelid = c.oid join pg_class t on t.oid = coalesce(i.indrelid, c.oid)
    where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'i')`);
  return Object.fromEntries(rows.map(({ path, holds }) => [path, holds]));
}

/** What its files met, in words: inside of WebAssembly a failed call of the system is an object with a number. */
function fileFault(cause: unknown): string | undefined {
  if (typeof cause !== "object" || cause === null || !("errno" in cause) || cause instanceof Error) return undefined;
  return FILE_FAULTS[Number(cause.errno)] ?? `a call of the file system failed with error ${cause.errno}`;
}

function say(word: DatabaseThreadWord): void {
  self.postMessage(word);
}
