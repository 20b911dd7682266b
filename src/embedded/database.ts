import { chmodSync, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvalidInput, type UnixMs } from "../core/mod.ts";
import { FolderLock } from "../store/mod.ts";
import { atMost } from "./at-most.ts";
import { DamagedDatabase } from "./damaged-database.ts";
import { type DatabaseDurability, DEFAULT_DURABILITY } from "./durability.ts";
import type { FileDamage } from "./file-damage.ts";
import { makePrivate } from "./private-folder.ts";
import { removeDeadSockets, SOCKET, SOCKET_FOLDER } from "./sockets.ts";
import { DATABASE_PROGRAM } from "./thread-program.ts";

/** The database's folder in a data folder. */
const FOLDER = "database";

/** Where the database's files are, in its folder. */
const DATA = "postgres";

/** A file beside it that says that what is in it was written without syncs, so the next start with syncs saves all of it first. */
const UNSYNCED = "unsynced";

/** A file beside it with the checksums of all that is in it. */
const SUMS = "page-sums";

/** A thread that doesn't answer after this long has died or hangs: its database is as a crash leaves it, in milliseconds. */
const STOPS_WITHIN_MS = 20_000;

/** A PostgreSQL of our own: PGlite, in a thread, so that its work doesn't hold up the server's. */
export interface EmbeddedDatabase {
  /** For a pool of one connection: all connections share one session. */
  readonly url: string;
  /** In words, why the folder isn't this database's any more: it was moved or replaced. Undefined while all is well. */
  lost(): string | undefined;
  /** Ends it at once, with nothing more written. */
  abandon(): void;
  /** Resolves when all is written. */
  stop(): Promise<void>;
}

/** Messages to the thread. */
export interface DatabaseThreadStart {
  /** The folder that holds the data; undefined keeps it in memory. */
  readonly folder: string | undefined;
  /** The journal of its checksums; undefined in memory. */
  readonly sumsPath: string | undefined;
  readonly socket: string;
  readonly durability: DatabaseDurability;
  /** Its files were written without syncs. */
  readonly isUnsynced: boolean;
}

/** Messages from the thread: one when it is ready or has failed, one when it has stopped. */
export type DatabaseThreadWord =
  | { readonly ready: true }
  | { readonly failed: string }
  | { readonly damage: readonly FileDamage[] }
  | { readonly stopped: true };

/** Where a database is in `dataFolder`, with all that belongs to it. */
export function databaseFolder(dataFolder: string): string {
  return join(dataFolder, FOLDER);
}

/** Whether there is a database in `dataFolder`. */
export function hasEmbeddedDatabase(dataFolder: string): boolean {
  return existsSync(join(databaseFolder(dataFolder), DATA));
}

/**
 * Takes a database that isn't running out of `dataFolder`: its folder gets another name beside it, which is returned. A server that is
 * started there begins with an empty one.
 */
export function putAway(dataFolder: string, now: UnixMs): string {
  const name = join(dataFolder, `${FOLDER}.moved-${new Date(now).toISOString().replaceAll(":", "-")}`);
  renameSync(databaseFolder(dataFolder), name);
  return name;
}

/**
 * Starts the database that lives in `dataFolder`, or in memory when that is undefined. Throws {@link InvalidInput} when
 * another process uses the folder: two at a time would spoil it, or when the folder can't be protected from other users: its files
 * are made with permissions for everybody, so nobody else may reach them. Throws {@link DamagedDatabase} when a file isn't as it was
 * written. Rejects with the signal's reason when it is aborted
 * before the database is ready: a first start takes seconds, and nothing is lost by cutting it short. `durability` is when commits reach
 * the disk; a killed process loses none with any.
 */
export async function startEmbeddedDatabase(
  dataFolder: string | undefined,
  signal?: AbortSignal,
  durability: DatabaseDurability = DEFAULT_DURABILITY,
): Promise<EmbeddedDatabase> {
  signal?.throwIfAborted();
  await removeDeadSockets();
  signal?.throwIfAborted();
  const folder = dataFolder === undefined ? undefined : databaseFolder(dataFolder);
  const lock = folder === undefined ? undefined : takePrivately(folder);
  // Only its owner may enter the folder of the socket, as anyone who reaches the socket has all rights.
  const socketFolder = mkdtempSync(join(tmpdir(), SOCKET_FOLDER));
  chmodSync(socketFolder, 0o700);
  const making = folder === undefined ? undefined : beginMaking(folder);
  const unsynced = folder === undefined ? undefined : join(folder, UNSYNCED);
  if (unsynced !== undefined && durability === "off") writeFileSync(unsynced, "");
  const thread = new Worker(DATABASE_PROGRAM);
  const end = (): void => {
    thread.terminate();
    rmSync(socketFolder, { recursive: true, force: true });
    lock?.release();
  };
  const start: DatabaseThreadStart = {
    folder: folder === undefined ? undefined : join(folder, DATA),
    sumsPath: folder === undefined ? undefined : join(folder, SUMS),
    socket: join(socketFolder, SOCKET),
    durability,
    isUnsynced: making !== undefined || (unsynced !== undefined && existsSync(unsynced)),
  };
  const word = await Promise.race([answerOf(thread, start), aborted(signal)]);
  if (word === undefined) {
    end();
    throw signal?.reason;
  }
  if (!("ready" in word)) {
    end();
    if ("damage" in word) throw new DamagedDatabase(dataFolder ?? "memory", word.damage);
    throw new InvalidInput(
      `the database in ${folder ?? "memory"} can't be opened: ${"failed" in word ? word.failed : "it stopped"}`,
    );
  }
  if (making !== undefined) rmSync(making, { force: true });
  if (unsynced !== undefined && durability !== "off") rmSync(unsynced, { force: true });
  return {
    url: `postgres://postgres@localhost/postgres?host=${encodeURIComponent(socketFolder)}`,
    lost: () => lock?.lost(),
    abandon: end,
    stop: async () => {
      await atMost(STOPS_WITHIN_MS, answerOf(thread, "stop"));
      end();
    },
  };
}

/**
 * Marks a database that doesn't exist yet as unfinished, and removes one whose making a crash or a full disk ended: it never held
 * anything. Returns the mark to remove when the database is ready; undefined where one is there already.
 */
function beginMaking(folder: string): string | undefined {
  const [data, mark] = [join(folder, DATA), join(folder, "unfinished")];
  if (existsSync(mark)) {
    rmSync(data, { recursive: true, force: true });
    rmSync(join(folder, SUMS), { force: true });
  }
  // With checksums and no data, the data was lost: the checksums will tell.
  if (existsSync(data) || existsSync(join(folder, SUMS))) return undefined;
  writeFileSync(mark, "");
  return mark;
}

function takePrivately(folder: string): FolderLock {
  const lock = FolderLock.take(folder);
  try {
    makePrivate(folder);
    return lock;
  } catch (cause) {
    lock.release();
    throw cause;
  }
}

/** Resolves when the signal is aborted, with nothing. */
function aborted(signal: AbortSignal | undefined): Promise<undefined> {
  return new Promise((resolve) => signal?.addEventListener("abort", () => resolve(undefined), { once: true }));
}

function answerOf(thread: Worker, message: DatabaseThreadStart | "stop"): Promise<DatabaseThreadWord> {
  return new Promise((resolve) => {
    thread.onmessage = (event: MessageEvent<DatabaseThreadWord>) => resolve(event.data);
    thread.onerror = (event) => resolve({ failed: event.message });
    thread.postMessage(message);
  });
}
