import {
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  writeSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { crc32 } from "node:zlib";
import { CONTROL_FILE, controlFileTime } from "./control-file.ts";
import { syncFile } from "./synced-files.ts";

/** Files are summed in pieces of this size, in bytes: a write that a kill cuts short has written whole pieces of it. */
const PAGE_BYTES = 4_096;

/** The journal is written anew when it has grown by this, in bytes: reading so much at a start takes some 0.1 s. */
const COMPACT_AFTER_BYTES = 8 * 1024 ** 2;

/** How much of a file is read at a time, in bytes. */
const READ_BYTES = 1024 ** 2;

/** A file as it was last written, with the CRC-32 of each page; of the last page, of what there is of it. */
interface SummedFile {
  bytes: number;
  readonly sums: number[];
}

/**
 * Lines of the journal. `file`: from page `first` on, a file has these sums, and ends after `bytes`. Before `boot` is the state of all
 * files, behind it each change; `close` is last, with the time of the control file.
 */
type Entry =
  | readonly ["boot", string | null]
  | readonly ["names", Readonly<Record<string, string>>]
  | readonly ["file", path: string, bytes: number, first: number, sums: readonly number[]]
  | readonly ["remove", path: string]
  | readonly ["rename", path: string, to: string]
  | readonly ["close", controlTime?: number];

/** What a test puts in the place of the journal's own. */
export interface PageSumsOptions {
  /** The journal is compacted when it has grown by this, in bytes. */
  readonly compactAfterBytes?: number;
  /** Saves a file or folder. Throws the system's error. */
  readonly sync?: (path: string) => void;
}

/** A file that isn't as it was written. */
export interface FileDamage {
  /** Relative to the database's files. */
  readonly path: string;
  /** In words, what is wrong with it. */
  readonly what: string;
  /** In words, what it holds; undefined where that isn't known. */
  readonly holds: string | undefined;
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
  readonly #path: string;
  readonly #boot: string | undefined;
  #files: Map<string, SummedFile> = new Map();
  #names: Readonly<Record<string, string>> = {};
  /** The journal; undefined until what is there has been summed. Nothing is noted before that. */
  #journal: number | undefined;
  #end = 0;
  #compactAt = 0;
  readonly #compactAfterBytes: number;
  readonly #sync: (path: string) => void;
  /** Files that changed since the start, and the folders that they are in. */
  readonly #changed: Set<string> = new Set();

  /** For the files in `folder`; the journal is at `path`. `boot` changes each time the machine starts. */
  constructor(
    folder: string,
    path: string,
    boot: string | undefined = bootOfSystem(),
    { compactAfterBytes = COMPACT_AFTER_BYTES, sync = syncFile }: PageSumsOptions = {},
  ) {
    this.#folder = folder;
    this.#path = path;
    this.#boot = boot;
    this.#compactAfterBytes = compactAfterBytes;
    this.#sync = sync;
  }

  /**
   * Compares the files with the journal, before the database opens them. Gives back what is damaged. Where nothing is, notes go on from
   * there. Where nothing is known, {@link adopt} begins: there is no journal, the machine stopped while the database was open, or an older
   * version of this program, which notes nothing, has opened the database since it was closed.
   */
  check(): readonly FileDamage[] {
    const read = this.#read();
    if (read === "unknown") return [];
    if (read === "damaged") return [{ path: this.#path, what: "is not what was written", holds: "the checksums" }];
    const damage = this.#damage(read.last);
    if (damage.length > 0) return this.#isOutdated(read.closedTime, damage) ? [] : damage;
    for (const path of read.last.keys()) this.#readAnew(path);
    this.#compact();
    return [];
  }

  /** Sums all files as they are, unless notes go on already, and notes what they hold. For a database that is open and idle. */
  adopt(names: Readonly<Record<string, string>>): void {
    this.#names = names;
    if (this.#journal === undefined) {
      this.#files = new Map();
      for (const path of filesIn(this.#folder)) this.#readAnew(path);
      this.#compact();
    } else {
      this.#note(["names", names]);
    }
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
    this.#note(["file", path, bytes, first, sums]);
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
    this.#note(["file", path, bytes, first, sums]);
  }

  /** Notes that an empty file is going to be made. */
  create(path: string): void {
    this.#note(["file", path, 0, 0, []]);
  }

  remove(path: string): void {
    if (this.#files.has(path)) this.#note(["remove", path]);
  }

  rename(path: string, to: string): void {
    if (this.#fileAt(path) !== undefined) this.#note(["rename", path, to]);
  }

  /** Notes a file as it is: a change that was noted failed. */
  failed(path: string): void {
    if (this.#journal === undefined) return;
    try {
      this.#noteAnew(path);
    } catch {
      // The disk is full. The next note first writes all anew, this file as well. Nothing is changed before that succeeds.
      this.#compactAt = 0;
    }
  }

  /**
   * Notes that all is written and the database closed. From then on files have to be exact even after a power loss. PostgreSQL doesn't
   * sync files that it can make again, so all that changed is saved first. Throws the system's error.
   */
  close(): void {
    if (this.#journal === undefined) return;
    for (const path of this.#changed) this.#sync(join(this.#folder, path));
    const time = controlFileTime(join(this.#folder, CONTROL_FILE));
    this.#note(time === undefined ? ["close"] : ["close", time]);
    fsyncSync(this.#journal);
    closeSync(this.#journal);
    this.#journal = undefined;
  }

  /** A file as it is known; one that isn't known yet as it is on the disk. Undefined if nothing is noted. */
  #fileAt(path: string): SummedFile | undefined {
    if (this.#journal === undefined) return undefined;
    if (!this.#files.has(path)) this.#noteAnew(path);
    return this.#files.get(path);
  }

  #readAnew(path: string): void {
    const file = summed(join(this.#folder, path));
    if (file === undefined) this.#files.delete(path);
    else this.#files.set(path, file);
  }

  #noteAnew(path: string): void {
    this.#readAnew(path);
    const file = this.#files.get(path);
    this.#note(file === undefined ? ["remove", path] : ["file", path, file.bytes, 0, file.sums]);
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

  #note(entry: Entry): void {
    if (this.#journal === undefined) return;
    // Before the change: until it is made, the journal needs the state before it.
    if (this.#end >= this.#compactAt) this.#compact();
    this.#apply(entry);
    for (const path of pathsOf(entry)) {
      this.#changed.add(dirname(path));
      if (this.#files.has(path)) this.#changed.add(path);
      else this.#changed.delete(path);
    }
    const line = lineOf(entry);
    try {
      for (let written = 0; written < line.length; ) {
        written += writeSync(this.#journal, line, written, line.length - written, this.#end + written);
      }
    } catch (cause) {
      // A full disk takes a part of a line. The next note writes over it, and all anew.
      this.#compactAt = 0;
      throw cause;
    }
    this.#end += line.length;
  }

  #apply(entry: Entry): void {
    const files = this.#files;
    if (entry[0] === "file") {
      const [, path, bytes, first, sums] = entry;
      const file = files.get(path) ?? { bytes, sums: [] };
      file.bytes = bytes;
      for (const [at, sum] of sums.entries()) file.sums[first + at] = sum;
      file.sums.length = Math.ceil(bytes / PAGE_BYTES);
      files.set(path, file);
    } else if (entry[0] === "remove") {
      files.delete(entry[1]);
    } else if (entry[0] === "rename") {
      const file = files.get(entry[1]);
      files.delete(entry[1]);
      if (file !== undefined) files.set(entry[2], file);
    } else if (entry[0] === "names") {
      this.#names = entry[1];
    }
  }

  /** Writes the journal anew, with each file once. */
  #compact(): void {
    const lines = [lineOf(["names", this.#names])];
    for (const [path, { bytes, sums }] of this.#files) lines.push(lineOf(["file", path, bytes, 0, sums]));
    lines.push(lineOf(["boot", this.#boot ?? null]));
    const content = Buffer.concat(lines);
    const unfinished = `${this.#path}.unfinished`;
    const journal = openSync(unfinished, "w", 0o600);
    try {
      for (let written = 0; written < content.length; ) written += writeSync(journal, content, written);
      fsyncSync(journal);
      renameSync(unfinished, this.#path);
    } catch (cause) {
      closeSync(journal);
      throw cause;
    }
    if (this.#journal !== undefined) closeSync(this.#journal);
    this.#journal = journal;
    this.#end = content.length;
    this.#compactAt = content.length + this.#compactAfterBytes;
    // A power loss must not bring back the journal of an earlier run, which was closed.
    this.#sync(dirname(this.#path));
  }

  /**
   * Reads the journal. `last`: the files of the last change, as they were before it. `closedTime`: the time of the control file, if the
   * database was closed. `unknown`: there is no journal, or the machine stopped while the database was open, which may have cost a part
   * of the journal, too.
   */
  #read():
    | { readonly last: ReadonlyMap<string, SummedFile | undefined>; readonly closedTime: number | undefined }
    | "damaged"
    | "unknown" {
    let journal: Buffer;
    try {
      journal = readFileSync(this.#path);
    } catch {
      return "unknown";
    }
    const lines = journal.toString("latin1").split("\n");
    // Behind the last line's end, or what a kill left of a line.
    lines.pop();
    const entries = lines.map(entryIn);
    const bootAt = entries.findIndex((entry) => entry?.[0] === "boot");
    if (bootAt === -1 || entries.slice(0, bootAt).includes(undefined)) return "damaged";
    const boot = entries[bootAt]?.[1] ?? undefined;
    const isClosed = entries.at(-1)?.[0] === "close";
    if (!isClosed && (boot === undefined || boot !== this.#boot)) return "unknown";
    const lastChange = isClosed
      ? -1
      : entries.findLastIndex((entry) => entry !== undefined && pathsOf(entry).length > 0);
    const last = new Map<string, SummedFile | undefined>();
    for (const [at, entry] of entries.entries()) {
      if (entry === undefined) return "damaged";
      if (at === lastChange && at > bootAt) {
        for (const path of pathsOf(entry)) last.set(path, structuredClone(this.#files.get(path)));
      }
      this.#apply(entry);
    }
    const end = entries.at(-1);
    return { last, closedTime: end?.[0] === "close" ? end[1] : undefined };
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

  /** What isn't as noted, nor as it was before the last change. */
  #damage(last: ReadonlyMap<string, SummedFile | undefined>): FileDamage[] {
    const damage: FileDamage[] = [];
    const isUndone = [...last].every(([path, file]) =>
      file === undefined ? !existsSync(join(this.#folder, path)) : this.#fault(path, file) === undefined,
    );
    for (const [path, file] of this.#files) {
      const what = this.#fault(path, file, last.get(path));
      if (what === undefined || (isUndone && last.has(path))) continue;
      damage.push({ path, what, holds: this.#holds(path) });
    }
    return damage.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  /** In words, how a file differs from both of what it may be, a page at a time: its last write may be half made. */
  #fault(path: string, file: SummedFile, before: SummedFile | undefined = file): string | undefined {
    const found = summed(join(this.#folder, path));
    if (found === undefined) return "is missing";
    const least = Math.min(file.bytes, before.bytes);
    if (found.bytes < least) return `is cut short: ${found.bytes} bytes of ${least}`;
    if (found.bytes > Math.max(file.bytes, before.bytes)) return `is longer than it was written: ${found.bytes} bytes`;
    const page = found.sums.findIndex((sum, at) => sum !== file.sums[at] && sum !== before.sums[at]);
    return page === -1 ? undefined : `is not what was written, from byte ${page * PAGE_BYTES} on`;
  }

  #holds(path: string): string | undefined {
    // Parts of a table have .1, .2 …; maps of its pages _vm and _fsm.
    return path.startsWith("pg_wal/") ? LOG : this.#names[path.replace(/(\.\d+|_[a-z]+)+$/, "")];
  }
}

const NOTHING = new Uint8Array(0);

/** What the write-ahead log holds. */
const LOG = "the signals and executions that were written last";

/** The files that an entry changes. */
function pathsOf(entry: Entry): readonly string[] {
  switch (entry[0]) {
    case "file":
    case "remove":
      return [entry[1]];
    case "rename":
      return [entry[1], entry[2]];
    default:
      return [];
  }
}

/** A line of the journal: a checksum and JSON, in ASCII. */
function lineOf(entry: Entry): Buffer {
  const json = JSON.stringify(entry).replace(
    /[^ -~]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return Buffer.from(`${crc32(json).toString(16).padStart(8, "0")} ${json}\n`, "latin1");
}

function entryIn(line: string): Entry | undefined {
  const json = line.slice(9);
  return crc32(json).toString(16).padStart(8, "0") === line.slice(0, 8) && line[8] === " "
    ? (JSON.parse(json) as Entry)
    : undefined;
}

/** Undefined where there is no such file. */
function summed(path: string): SummedFile | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return undefined;
  }
  try {
    const { size: bytes } = fstatSync(file);
    const sums: number[] = [];
    const buffer = Buffer.alloc(Math.min(READ_BYTES, bytes));
    for (let at = 0; at < bytes; at += READ_BYTES) {
      const read = readSync(file, buffer, 0, Math.min(READ_BYTES, bytes - at), at);
      for (let page = 0; page < read; page += PAGE_BYTES) {
        sums.push(crc32(buffer.subarray(page, Math.min(page + PAGE_BYTES, read))));
      }
    }
    return { bytes, sums };
  } finally {
    closeSync(file);
  }
}

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
