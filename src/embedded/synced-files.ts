import { fsyncSync } from "node:fs";
import { join } from "node:path";
import type { DatabaseDurability } from "./durability.ts";
import type { PageSums } from "./page-sums.ts";
import { EIO, type EmscriptenFiles, type OpenFile, SummedFiles } from "./summed-files.ts";
import { type Sync, syncFile } from "./sync-file.ts";

/** How often the write-ahead log is synced with `second`, in milliseconds. */
const SYNC_EVERY_MS = 1_000;

/** Where PGlite mounts the database's folder, for PostgreSQL. */
const MOUNTED_AT = "/pglite/data";

/** What the paths of the write-ahead log begin with. */
const WAL = `${MOUNTED_AT}/pg_wal/`;

/** What the disk and the clock do for a database's files; a test puts its own in their place. */
export interface Syncing {
  readonly sync: Sync;
  /** Calls again and again; gives back what ends that. */
  every(ms: number, work: () => void): () => void;
}

const SYSTEM: Syncing = {
  sync: fsyncSync,
  every: (ms, work) => {
    const timer = setInterval(work, ms);
    return () => clearInterval(timer);
  },
};

/**
 * The files of a database on disk, with syncs that reach the disk. PGlite's own file system ignores them.
 *
 * - `commit`: each sync that PostgreSQL asks for is done before it goes on.
 * - `second`: syncs of the write-ahead log are put off for a second at most, and done before anything is written to another file.
 *   So no page on the disk is ever ahead of the log, which is what recovery relies on.
 */
export class SyncedFiles extends SummedFiles {
  readonly #durability: Exclude<DatabaseDurability, "off">;
  /** Paths of log files whose sync was put off. */
  readonly #unsynced: Set<string> = new Set();
  readonly #syncing: Syncing;
  readonly #endTimer: () => void;
  /** A sync failed. What it was to save may be lost, and the system won't say so again: nothing more is written. */
  #hasFailed = false;

  constructor(
    folder: string,
    durability: Exclude<DatabaseDurability, "off">,
    sums: PageSums | undefined,
    syncing: Syncing = SYSTEM,
  ) {
    super(folder, sums);
    this.#durability = durability;
    this.#syncing = syncing;
    this.#endTimer = durability === "second" ? syncing.every(SYNC_EVERY_MS, () => this.#sync()) : () => {};
  }

  override async closeFs(): Promise<void> {
    this.#endTimer();
    this.#sync();
    await super.closeFs();
  }

  protected override instrument(files: EmscriptenFiles): void {
    super.instrument(files);
    const { filesystems, ErrnoError } = files;
    const operations = filesystems.NODEFS.stream_ops;
    const write = operations.write;
    const check = (): void => {
      if (this.#hasFailed) throw new ErrnoError(EIO);
    };
    operations.fsync = (file) => {
      if (this.#durability === "second" && isLog(file)) {
        this.#unsynced.add(this.#pathOf(file));
      } else {
        this.#sync();
        this.#try(() => this.#syncing.sync(file.nfd, this.#pathOf(file)));
      }
      check();
      return 0;
    };
    operations.write = (file, ...what) => {
      if (!isLog(file)) this.#sync();
      check();
      return write(file, ...what);
    };
  }

  /** Syncs what was put off. */
  #sync(): void {
    for (const path of this.#unsynced) this.#try(() => syncFile(path, this.#syncing.sync));
    this.#unsynced.clear();
  }

  #try(sync: () => void): void {
    try {
      sync();
    } catch {
      this.#hasFailed = true;
    }
  }

  /** The path on disk. */
  #pathOf({ path }: OpenFile): string {
    return join(this.rootDir, path.slice(MOUNTED_AT.length));
  }
}

function isLog({ path }: OpenFile): boolean {
  return path.startsWith(WAL);
}
