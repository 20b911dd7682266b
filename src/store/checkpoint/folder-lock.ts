import { Database } from "bun:sqlite";
import { closeSync, constants, lstatSync, mkdirSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { InvalidInput, oneLine, reasonOf, VyxError } from "../../core/mod.ts";
import { isErrno, makeRegularFile, NotAFile, openRegularFile } from "./regular-file.ts";

/** The file that is locked, and the one that says by whom. */
const LOCK = "lock";
const OWNER = "lock-owner";

/** The longest word of an owner that is repeated, in bytes. */
const OWNER_BYTES = 60;

/** Locks that aren't released: a database that nobody refers to is closed by the garbage collector, and its lock gone. */
const HELD: Set<FolderLock> = new Set();

/** The folder can't be made or locked for now because the disk is full; the same call may succeed later. */
export class DiskFull extends VyxError {
  readonly code = "disk_full";
  readonly retryable = true;
}

/** Another process has the folder. */
export class FolderInUse extends InvalidInput {}

/**
 * Takes a folder for this process alone, and makes it where it doesn't exist. The lock is SQLite's on an empty database: the
 * operating system holds it and drops it with the process, however that ends, so none is ever left behind by a dead
 * one, and no process that got the same number later is mistaken for it. Taking it writes nothing, so a full disk doesn't
 * keep a server from coming back to its folder.
 */
export class FolderLock {
  readonly #folder: string;
  readonly #database: Database;
  /** Which file is locked: another one may stand at its path later. */
  readonly #identity: string;

  private constructor(folder: string, database: Database, identity: string) {
    this.#folder = folder;
    this.#database = database;
    this.#identity = identity;
  }

  /**
   * `flag` is the one that names the folder. Throws {@link FolderInUse}, or another {@link InvalidInput}, when the folder can't be had, in words for the user who named it;
   * {@link DiskFull} for want of space.
   */
  static take(folder: string, flag = "--data-dir"): FolderLock {
    const path = join(folder, LOCK);
    try {
      mkdirSync(folder, { recursive: true });
      // Never opened again once it is there: closing any handle of a file drops the locks that this process has on it.
      makeRegularFile(path);
    } catch (cause) {
      if (isErrno(cause, "ENOSPC", "EDQUOT")) throw new DiskFull(`${folder}: ${reasonOf(cause)}`, { cause });
      if (cause instanceof NotAFile) throw new InvalidInput(notALock(folder, flag), { cause });
      throw new InvalidInput(
        `${flag}: ${folder} can't be written: ${reasonOf(cause)}; expected a folder that this user may write to, or none`,
        { cause },
      );
    }
    const identity = identityOf(path);
    const database = new Database(path);
    try {
      database.run("PRAGMA busy_timeout = 0");
      // Else a journal is written beside the lock, which a full disk has no space for.
      database.run("PRAGMA journal_mode = MEMORY");
      database.run("BEGIN EXCLUSIVE");
    } catch (cause) {
      database.close();
      if (isSqlite(cause, "SQLITE_FULL")) throw new DiskFull(`${folder}: ${reasonOf(cause)}`, { cause });
      if (isSqlite(cause, "SQLITE_BUSY")) {
        const what = `${flag}: ${folder} is in use by another server (${ownerOf(folder)})`;
        throw new FolderInUse(`${what}: end that one, or choose another folder`, { cause });
      }
      throw new InvalidInput(whyNot(folder, flag, cause), { cause });
    }
    signOwner(folder);
    const lock = new FolderLock(folder, database, identity);
    HELD.add(lock);
    return lock;
  }

  /**
   * In words, why the folder isn't this process' any more, though its lock is held: it was moved or cleared away, and another
   * server may be in what stands in its place. Undefined while all is well.
   */
  lost(): string | undefined {
    try {
      if (identityOf(join(this.#folder, LOCK)) === this.#identity) return undefined;
      return `another folder stands in the place of ${this.#folder}`;
    } catch {
      return `${this.#folder} was moved or cleared away`;
    }
  }

  release(): void {
    HELD.delete(this);
    // In a folder that isn't ours any more, the owner's word is another's.
    if (this.lost() === undefined) rmSync(join(this.#folder, OWNER), { force: true });
    this.#database.close();
  }
}

/** The file at a path, even after it is renamed. Throws the system's error where there is none. */
function identityOf(path: string): string {
  const { dev, ino } = lstatSync(path, { bigint: true });
  return `${dev} ${ino}`;
}

/** Says whose the folder is, for people. Where that can't be written, the lock holds all the same. */
function signOwner(folder: string): void {
  const path = join(folder, OWNER);
  try {
    // What stands there may be a link or a pipe: it is taken away, and never written through.
    rmSync(path, { force: true });
    const file = openSync(
      path,
      constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
      0o600,
    );
    try {
      writeSync(file, `process ${process.pid}\n`);
    } finally {
      closeSync(file);
    }
  } catch {
    // A full disk: another server finds the folder locked, but not by which process.
  }
}

function whyNot(folder: string, flag: string, cause: unknown): string {
  if (isSqlite(cause, "SQLITE_NOTADB")) return notALock(folder, flag);
  return `${flag}: ${folder} can't be locked: ${reasonOf(cause)}`;
}

function notALock(folder: string, flag: string): string {
  return `${flag}: ${join(folder, LOCK)} is not a server's lock: take that file away`;
}

function isSqlite(cause: unknown, code: string): boolean {
  return cause instanceof Error && "code" in cause && cause.code === code;
}

function ownerOf(folder: string): string {
  try {
    const file = openRegularFile(join(folder, OWNER));
    try {
      const bytes = Buffer.alloc(OWNER_BYTES);
      const said = bytes.toString("utf8", 0, readSync(file, bytes)).trim();
      return said === "" ? "which didn't say its process" : oneLine(said);
    } finally {
      closeSync(file);
    }
  } catch {
    return "which didn't say its process";
  }
}
