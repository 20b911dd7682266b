import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { PAGE_BYTES, type SummedFile } from "./file-sums.ts";

/**
 * Lines of the journal. `file`: from page `first` on, a file has these sums, and ends after `bytes`. Before `boot` is the state of all
 * files, behind it each change; `close` is last, with the time of the control file.
 */
export type Entry =
  | readonly ["boot", string | null]
  | readonly ["names", Readonly<Record<string, string>>]
  | readonly ["file", path: string, bytes: number, first: number, sums: readonly number[]]
  | readonly ["remove", path: string]
  | readonly ["rename", path: string, to: string]
  | readonly ["close", controlTime?: number];

/** What a journal needs. */
export interface SumsJournalOptions {
  readonly path: string;
  /** Changes each time the machine starts; undefined where that isn't known. */
  readonly boot: string | undefined;
  /** The journal is compacted when it has grown by this, in bytes. */
  readonly compactAfterBytes: number;
  /** Saves a file or folder. Throws the system's error. */
  readonly sync: (path: string) => void;
}

/** What was read from a journal, beside its files and names. */
export interface ReadJournal {
  /** The files of the last change, as they were before it; undefined if there was none. */
  readonly before: ReadonlyMap<string, SummedFile | undefined>;
  /** The time of the control file, if the database was closed. */
  readonly closedTime: number | undefined;
}

/** A file on disk with the state of all files and each change after it. It knows nothing of the files themselves. */
export class SumsJournal {
  readonly #options: SumsJournalOptions;
  #files: Map<string, SummedFile> = new Map();
  #names: Readonly<Record<string, string>> = {};
  readonly #changed: Set<string> = new Set();
  /** Undefined unless the journal is open. */
  #descriptor: number | undefined;
  #end = 0;
  #compactAt = 0;

  constructor(options: SumsJournalOptions) {
    this.#options = options;
  }

  /** Whether changes can be noted. */
  get isOpen(): boolean {
    return this.#descriptor !== undefined;
  }

  get files(): ReadonlyMap<string, SummedFile> {
    return this.#files;
  }

  /** In words, what files hold. */
  get names(): Readonly<Record<string, string>> {
    return this.#names;
  }

  /** Files that changed since the journal was opened, and the folders that they are in. */
  get changed(): ReadonlySet<string> {
    return this.#changed;
  }

  /**
   * Reads the journal. `unknown`: there is none, or the machine stopped while the database was open, which may have cost a part of the
   * journal, too.
   */
  read(): ReadJournal | "damaged" | "unknown" {
    let journal: Buffer;
    try {
      journal = readFileSync(this.#options.path);
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
    if (!isClosed && (boot === undefined || boot !== this.#options.boot)) return "unknown";
    const lastChange = isClosed
      ? -1
      : entries.findLastIndex((entry) => entry !== undefined && pathsOf(entry).length > 0);
    const before = new Map<string, SummedFile | undefined>();
    for (const [at, entry] of entries.entries()) {
      if (entry === undefined) return "damaged";
      if (at === lastChange && at > bootAt) {
        for (const path of pathsOf(entry)) before.set(path, structuredClone(this.#files.get(path)));
      }
      this.#apply(entry);
    }
    const end = entries.at(-1);
    return { before, closedTime: end?.[0] === "close" ? end[1] : undefined };
  }

  /** Writes the journal anew, with this state of all files. From then on changes are noted in it. */
  open(files: ReadonlyMap<string, SummedFile>, names: Readonly<Record<string, string>>): void {
    this.#files = new Map(files);
    this.#names = names;
    this.#compact();
  }

  /** Notes a change before it is made. Throws the system's error. */
  note(entry: Entry): void {
    if (this.#descriptor === undefined) return;
    // Until the change is made, the journal needs the state before it.
    if (this.#end >= this.#compactAt) this.#compact();
    this.#apply(entry);
    for (const path of pathsOf(entry)) {
      this.#changed.add(dirname(path));
      if (this.#files.has(path)) this.#changed.add(path);
      else this.#changed.delete(path);
    }
    try {
      this.#end += written(this.#descriptor, lineOf(entry), this.#end);
    } catch (cause) {
      // A full disk takes a part of a line. The next note writes over it, and all anew.
      this.compactNext();
      throw cause;
    }
  }

  /** Corrects what a file is, or that it isn't there, without a line: for a note that follows, or {@link compactNext}. */
  correct(path: string, file: SummedFile | undefined): void {
    if (file === undefined) this.#files.delete(path);
    else this.#files.set(path, file);
  }

  /** Has the next note write all anew before it. */
  compactNext(): void {
    this.#compactAt = 0;
  }

  /** Notes that the database is closed, and saves the journal. Throws the system's error. */
  close(controlTime: number | undefined): void {
    if (this.#descriptor === undefined) return;
    this.note(controlTime === undefined ? ["close"] : ["close", controlTime]);
    fsyncSync(this.#descriptor);
    closeSync(this.#descriptor);
    this.#descriptor = undefined;
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
    const { path, boot, compactAfterBytes, sync } = this.#options;
    const lines = [lineOf(["names", this.#names])];
    for (const [name, file] of this.#files) lines.push(lineOf(["file", name, file.bytes, 0, file.sums]));
    lines.push(lineOf(["boot", boot ?? null]));
    const unfinished = `${path}.unfinished`;
    const descriptor = openSync(unfinished, "w", 0o600);
    let bytes: number;
    try {
      bytes = written(descriptor, Buffer.concat(lines), 0);
      fsyncSync(descriptor);
      renameSync(unfinished, path);
    } catch (cause) {
      closeSync(descriptor);
      throw cause;
    }
    if (this.#descriptor !== undefined) closeSync(this.#descriptor);
    this.#descriptor = descriptor;
    this.#end = bytes;
    this.#compactAt = bytes + compactAfterBytes;
    // A power loss must not bring back the journal of an earlier run, which was closed.
    sync(dirname(path));
  }
}

/** Writes all of it; gives back how many bytes that is. */
function written(descriptor: number, content: Uint8Array, position: number): number {
  let at = 0;
  while (at < content.length) at += writeSync(descriptor, content, at, content.length - at, position + at);
  return at;
}

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
