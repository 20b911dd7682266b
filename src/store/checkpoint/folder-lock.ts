import { Database } from "bun:sqlite";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InvalidInput } from "../../core/mod.ts";

/** The file that is locked, and the one that says by whom. */
const LOCK = "lock";
const OWNER = "lock-owner";

/** Locks that aren't released: a database that nobody refers to is closed by the garbage collector, and its lock gone. */
const HELD: Set<FolderLock> = new Set();

/**
 * Takes a folder for this process alone, and makes it where it doesn't exist. The lock is SQLite's on an empty database: the
 * operating system holds it and drops it with the process, however that ends, so none is ever left behind by a dead
 * one, and no process that got the same number later is mistaken for it.
 */
export class FolderLock {
  readonly #folder: string;
  readonly #database: Database;

  private constructor(folder: string, database: Database) {
    this.#folder = folder;
    this.#database = database;
  }

  /** Throws {@link InvalidInput} when the folder can't be had, in words for whoever named it. */
  static take(folder: string): FolderLock {
    try {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, LOCK), "", { flag: "a" });
    } catch (cause) {
      throw new InvalidInput(
        `--data-dir: ${folder} can't be written: ${words(cause)}; expected a folder that this user may write to, or none`,
        { cause },
      );
    }
    const database = new Database(join(folder, LOCK));
    try {
      database.run("PRAGMA busy_timeout = 0");
      database.run("BEGIN EXCLUSIVE");
      writeFileSync(join(folder, OWNER), `process ${process.pid}\n`);
    } catch (cause) {
      database.close();
      throw new InvalidInput(whyNot(folder, cause), { cause });
    }
    const lock = new FolderLock(folder, database);
    HELD.add(lock);
    return lock;
  }

  release(): void {
    HELD.delete(this);
    try {
      rmSync(join(this.#folder, OWNER), { force: true });
    } catch {
      // Somebody took the folder away: then nothing in it is ours any more.
    }
    this.#database.close();
  }
}

function whyNot(folder: string, cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : undefined;
  if (code === "SQLITE_BUSY") {
    return `--data-dir: ${folder} is in use by another server (${ownerOf(folder)}): end that one, or choose another folder`;
  }
  if (code === "SQLITE_NOTADB") return `--data-dir: ${join(folder, LOCK)} is not a server's lock: take that file away`;
  return `--data-dir: ${folder} can't be locked: ${words(cause)}`;
}

function ownerOf(folder: string): string {
  try {
    return readFileSync(join(folder, OWNER), "utf8").trim();
  } catch {
    return "which didn't say its process";
  }
}

function words(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}
