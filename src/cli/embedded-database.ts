import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { InvalidInput } from "../core/mod.ts";
import { FolderLock } from "../store/mod.ts";
import { makePrivate } from "./private-folder.ts";
import { THREADS } from "./threads.ts";

/** Where the database's files are, in its folder. */
const DATA = "postgres";

/** A PostgreSQL of our own: PGlite, in a thread, so that its work doesn't hold up the server's. */
export interface EmbeddedDatabase {
  /** For one connection at a time. */
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
  readonly socket: string;
}

/** Messages from the thread: one when it is ready or has failed, one when it has stopped. */
export type DatabaseThreadWord = { readonly ready: true } | { readonly failed: string } | { readonly stopped: true };

/**
 * Starts the database that lives in `dataFolder`, or in memory when that is undefined. Throws {@link InvalidInput} when
 * another process uses the folder: two at a time would spoil it, or when the folder can't be protected from other users: its files
 * are made with permissions for everybody, so nobody else may reach them.
 */
export async function startEmbeddedDatabase(dataFolder: string | undefined): Promise<EmbeddedDatabase> {
  const folder = dataFolder === undefined ? undefined : join(dataFolder, "database");
  const lock = folder === undefined ? undefined : takePrivately(folder);
  // Only its owner may enter the folder of the socket, as anyone who reaches the socket has all rights.
  const socketFolder = mkdtempSync(join(tmpdir(), "vyx-database-"));
  chmodSync(socketFolder, 0o700);
  const making = folder === undefined ? undefined : beginMaking(folder);
  const thread = new Worker(THREADS.database);
  const end = (): void => {
    thread.terminate();
    rmSync(socketFolder, { recursive: true, force: true });
    lock?.release();
  };
  const start: DatabaseThreadStart = {
    folder: folder === undefined ? undefined : join(folder, DATA),
    socket: join(socketFolder, ".s.PGSQL.5432"),
  };
  const word = await answerOf(thread, start);
  if (!("ready" in word)) {
    end();
    throw new InvalidInput(
      `the database in ${folder ?? "memory"} can't be opened: ${"failed" in word ? word.failed : "it stopped"}`,
    );
  }
  if (making !== undefined) rmSync(making, { force: true });
  return {
    url: `postgres://postgres@localhost/postgres?host=${encodeURIComponent(socketFolder)}`,
    lost: () => lock?.lost(),
    abandon: end,
    stop: async () => {
      await answerOf(thread, "stop");
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
  if (existsSync(mark)) rmSync(data, { recursive: true, force: true });
  if (existsSync(data)) return undefined;
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

function answerOf(thread: Worker, message: DatabaseThreadStart | "stop"): Promise<DatabaseThreadWord> {
  return new Promise((resolve) => {
    thread.onmessage = (event: MessageEvent<DatabaseThreadWord>) => resolve(event.data);
    thread.onerror = (event) => resolve({ failed: event.message });
    thread.postMessage(message);
  });
}
