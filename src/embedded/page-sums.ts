import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import { join, relative } from "node:path";
import { crc32 } from "node:zlib";
import { CONTROL_FILE, controlFileTime } from "./control-file.ts";
import { damageIn, type FileDamage } from "./file-damage.ts";
import { PAGE_BYTES, type SummedFile, summed } from "./file-sums.ts";
import { SumsJournal } from "./sums-journal.ts";
import { syncFile } from "./sync-file.ts";

/** The journal is written anew when it has grown by this, in bytes: reading so much at a start takes some 0.1 s. */
const COMPACT_AFTER_BYTES = 8 * 1024 ** 2;

/** What a test puts in the place of the journal's own. */
export interface PageSumsOptions {
  /** The journal is compacted when it has grown by this, in bytes. */
  readonly compactAfterBytes?: number;
  /** Saves a file or folder. Throws the system's error. */
  readonly sync?: (path: string) => void;
}

/**
 * Checksums of every page of a database's files, in a journal beside them. PostgreSQL takes a log that is cut short for one that ends
 * there, and a table that is cut short for a small table: it would open with fewer rows, and not say so.
 *
 * Each change is noted before it is made. The system keeps what a killed process has written, so after a kill only the last change may
 * be missing, or half made. A power loss may take more of it, as recovery from the log allows for: the journal says nothing after one.
 */
export class PageSums {
  readonly #folder: string;
  readonly #journalPath: string;
  /** Open once what is there has been summed. Nothing is noted before that. */
  readonly #journal: SumsJournal;
  readonly #sync: (path: string) => void;

  /** For the files in `folder`; the journal is at `path`. `boot` changes each time the machine starts. */
  constructor(
    folder: string,
    path: string,
    boot: string | undefined = bootOfSystem(),
    { compactAfterBytes = COMPACT_AFTER_BYTES, sync = syncFile }: PageSumsOptions = {},
  ) {
    this.#folder = folder;
    this.#journalPath = path;
    this.#journal = new SumsJournal({ path, boot, compactAfterBytes, sync });
    this.#sync = sync;
  }

  /**
   * Compares the files with the journal, before the database opens them. Gives back what is damaged. Where nothing is, notes go on from
   * there. Where nothing is known, {@link adopt} begins: there is no journal, the machine stopped while the database was open, or an older
   * version of this program, which notes nothing, has opened the database since it was closed.
   */
  check(): readonly FileDamage[] {
    const journal = this.#journal;
    const read = journal.read();
    if (read === "unknown") return [];
    if (read === "damaged")
      return [{ path: this.#journalPath, what: "is not what was written", holds: "the checksums" }];
    const { before, closedTime } = read;
    const damage = damageIn(this.#folder, { files: journal.files, before, names: journal.names });
    if (damage.length > 0) return this.#isOutdated(closedTime, damage) ? [] : damage;
    for (const path of before.keys()) journal.correct(path, this.#found(path));
    journal.open(journal.files, journal.names);
    return [];
  }

  /** Sums all files as they are, unless notes go on already, and notes what they hold. For a database that is open and idle. */
  adopt(names: Readonly<Record<string, string>>): void {
    if (this.#journal.isOpen) {
      this.#journal.note(["names", names]);
      return;
    }
    const files = new Map<string, SummedFile>();
    for (const path of filesIn(this.#folder)) {
      const file = this.#found(path);
      if (file !== undefined) files.set(path, file);
    }
    this.#journal.open(files, names);
  }

  /** Notes that a file is going to be written to. */
  write(path: string, content: Uint8Array, position: number): void {
    const file = this.#fileAt(path);
    if (file === undefined || content.length === 0) return;
    const end = position + content.length;
    const bytes = Math.max(file.bytes, end);
    // Where a write begins after the end of the file, there are zeros in between.
    const first = Math.floor(Math.min(position, file.bytes) / PAGE_BYTES);
    const sums: number[] = [];
    for (let at = first * PAGE_BYTES; at < end; at += PAGE_BYTES) {
      const isCovered = at >= position && at + PAGE_BYTES <= end;
      const page = isCovered
        ? content.subarray(at - position, at - position + PAGE_BYTES)
        : this.#patched(path, at, Math.min(PAGE_BYTES, bytes - at), content, position);
      sums.push(crc32(page));
    }
    this.#journal.note(["file", path, bytes, first, sums]);
  }

  /** Notes that a file is going to have another size. */
  resize(path: string, bytes: number): void {
    const file = this.#fileAt(path);
    if (file === undefined || file.bytes === bytes) return;
    const first = Math.floor(Math.min(bytes, file.bytes) / PAGE_BYTES);
    const sums: number[] = [];
    for (let at = first * PAGE_BYTES; at < bytes; at += PAGE_BYTES) {
      sums.push(crc32(this.#patched(path, at, Math.min(PAGE_BYTES, bytes - at), NOTHING, 0)));
    }
    this.#journal.note(["file", path, bytes, first, sums]);
  }

  /** Notes that an empty file is going to be made. */
  create(path: string): void {
    this.#journal.note(["file", path, 0, 0, []]);
  }

  remove(path: string): void {
    if (this.#journal.files.has(path)) this.#journal.note(["remove", path]);
  }

  rename(path: string, to: string): void {
    if (this.#fileAt(path) !== undefined) this.#journal.note(["rename", path, to]);
  }

  /** Notes a file as it is: a change that was noted failed. */
  failed(path: string): void {
    if (!this.#journal.isOpen) return;
    try {
      this.#noteAnew(path);
    } catch {
      // The disk is full. The next note first writes all anew, this file as well. Nothing is changed before that succeeds.
      this.#journal.compactNext();
    }
  }

  /**
   * Notes that all is written and the database closed. From then on files have to be exact even after a power loss. PostgreSQL doesn't
   * sync files that it can make again, so all that changed is saved first. Throws the system's error.
   */
  close(): void {
    const journal = this.#journal;
    if (!journal.isOpen) return;
    for (const path of journal.changed) this.#sync(join(this.#folder, path));
    journal.close(controlFileTime(join(this.#folder, CONTROL_FILE)));
  }

  /** A file as it is known; one that isn't known yet as it is on the disk. Undefined if nothing is noted. */
  #fileAt(path: string): SummedFile | undefined {
    const journal = this.#journal;
    if (!journal.isOpen) return undefined;
    if (!journal.files.has(path)) this.#noteAnew(path);
    return journal.files.get(path);
  }

  #noteAnew(path: string): void {
    const file = this.#found(path);
    this.#journal.correct(path, file);
    this.#journal.note(file === undefined ? ["remove", path] : ["file", path, file.bytes, 0, file.sums]);
  }

  /** A file as it is on the disk. Undefined where there is no such file. */
  #found(path: string): SummedFile | undefined {
    return summed(join(this.#folder, path));
  }

  /** What a page will hold after a write: what is on the disk, and over it what is written. */
  #patched(path: string, at: number, bytes: number, content: Uint8Array, position: number): Uint8Array {
    const page = new Uint8Array(bytes);
    const file = openSync(join(this.#folder, path), "r");
    try {
      readSync(file, page, 0, bytes, at);
    } finally {
      closeSync(file);
    }
    const from = Math.max(at, position);
    const to = Math.min(at + bytes, position + content.length);
    if (to > from) page.set(content.subarray(from - position, to - position), from - at);
    return page;
  }

  /** Whether PostgreSQL has written its control file since the journal was closed: then files are newer than their sums, not damaged. */
  #isOutdated(closedTime: number | undefined, damage: readonly FileDamage[]): boolean {
    const time = controlFileTime(join(this.#folder, CONTROL_FILE));
    return (
      closedTime !== undefined &&
      time !== undefined &&
      time > closedTime &&
      damage.some(({ path }) => path === CONTROL_FILE)
    );
  }
}

const NOTHING = new Uint8Array(0);

/** The files under a folder, by their paths in it. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)));
}

/** Changes each time the machine starts; undefined on systems that don't tell. */
function bootOfSystem(): string | undefined {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return undefined;
  }
}
