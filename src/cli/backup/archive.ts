import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { InvalidInput, reasonOf } from "../../core/mod.ts";
import { syncFile } from "../../embedded/mod.ts";

/** A tar archive is blocks of this size, in bytes; two empty ones end it. */
const BLOCK = 512;

/** Where a header says what, as POSIX has it: https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html (ustar). */
const FIELDS = {
  name: 0,
  mode: 100,
  uid: 108,
  gid: 116,
  size: 124,
  time: 136,
  sum: 148,
  type: 156,
  magic: 257,
} as const;
const NAME_BYTES = 100;
const MAGIC = "ustar";

/** The largest part that is read into memory, in bytes; {@link readRows} makes slices of some megabytes. */
const MAX_PART_BYTES = 256 * 1024 ** 2;

/** Names of the part that lists all others with their checksums, and of the one with its own; both are last. */
const CONTENTS = "contents.json";
const CONTENTS_SUM = "contents.sha256";

/** A part of an archive, as its contents tell. */
interface PartOfArchive {
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/** Writes a tar archive beside its name, and gives it its name when it is whole and on the disk. */
export class ArchiveWriter {
  readonly #path: string;
  readonly #file: number;
  readonly #parts: PartOfArchive[] = [];
  #isOpen = true;

  /** Throws {@link InvalidInput} when the file can't be made. Only its owner may read it. */
  constructor(path: string) {
    this.#path = path;
    try {
      rmSync(this.#unfinished, { force: true });
      this.#file = openSync(this.#unfinished, "wx", 0o600);
    } catch (cause) {
      throw new InvalidInput(`${path} can't be written: ${reasonOf(cause)}`, { cause });
    }
  }

  add(name: string, content: Uint8Array): void {
    this.#write(name, content);
    this.#parts.push({ name, bytes: content.length, sha256: sha256(content) });
  }

  /** Adds the contents, with `about` for the reader, and ends. Throws the system's error. */
  finish(about: object): void {
    const contents = Buffer.from(JSON.stringify({ ...about, parts: this.#parts }, null, 1));
    this.#write(CONTENTS, contents);
    this.#write(CONTENTS_SUM, Buffer.from(sha256(contents)));
    writeAll(this.#file, Buffer.alloc(2 * BLOCK));
    fsyncSync(this.#file);
    closeSync(this.#file);
    this.#isOpen = false;
    renameSync(this.#unfinished, this.#path);
    syncFile(dirname(this.#path));
  }

  /** Leaves nothing behind of an archive that wasn't finished. */
  abandon(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    closeSync(this.#file);
    rmSync(this.#unfinished, { force: true });
  }

  get #unfinished(): string {
    return `${this.#path}.unfinished`;
  }

  #write(name: string, content: Uint8Array): void {
    writeAll(this.#file, headerOf(name, content.length));
    writeAll(this.#file, content);
    writeAll(this.#file, Buffer.alloc(paddingOf(content.length)));
  }
}

/** Where the parts' contents begin in the file, and how long they are, in bytes. */
type PlacesOfParts = ReadonlyMap<string, { readonly at: number; readonly bytes: number }>;

/** An archive of which every byte was checked. */
export class Archive {
  readonly #path: string;
  readonly #parts: PlacesOfParts;
  /** What its writer said about it, unread. */
  readonly about: unknown;

  private constructor(path: string, parts: PlacesOfParts, about: unknown) {
    this.#path = path;
    this.#parts = parts;
    this.about = about;
  }

  /** Throws {@link InvalidInput} that says what is wrong with the file. */
  static open(path: string): Archive {
    return withFile(path, (file) => {
      const found = new Map<string, { at: number; bytes: number; sha256: string }>();
      let contents: Buffer | undefined;
      for (const { name, at, content } of partsOf(file, path)) {
        if (name === CONTENTS) contents = content;
        found.set(name, { at, bytes: content.length, sha256: sha256(content) });
        if (name === CONTENTS_SUM && content.toString() !== found.get(CONTENTS)?.sha256) throw damaged(path, CONTENTS);
      }
      if (contents === undefined || !found.has(CONTENTS_SUM)) throw endsEarly(path);
      const { parts, ...about } = JSON.parse(contents.toString()) as { parts: PartOfArchive[] };
      for (const part of parts) if (found.get(part.name)?.sha256 !== part.sha256) throw damaged(path, part.name);
      if (found.size !== parts.length + 2) throw damaged(path, "list of parts");
      return new Archive(path, found, about);
    });
  }

  /** The names of its parts, in the order in which they were added. */
  get names(): string[] {
    return [...this.#parts.keys()].filter((name) => name !== CONTENTS && name !== CONTENTS_SUM);
  }

  /** A part; undefined if there is none of this name. */
  read(name: string): Buffer | undefined {
    const part = this.#parts.get(name);
    if (part === undefined) return undefined;
    return withFile(this.#path, (file) => readAt(file, this.#path, part.at, part.bytes));
  }
}

function* partsOf(file: number, path: string): Generator<{ name: string; at: number; content: Buffer }, void> {
  const size = fstatSync(file).size;
  for (let at = 0; ; ) {
    const header = readAt(file, path, at, BLOCK);
    at += BLOCK;
    if (header.every((byte) => byte === 0)) {
      if (size > at + BLOCK || readAt(file, path, at, BLOCK).some((byte) => byte !== 0)) throw damaged(path, "end");
      return;
    }
    if (textAt(header, FIELDS.magic, MAGIC.length) !== MAGIC)
      throw at === BLOCK ? foreign(path) : damaged(path, "list of parts");
    if (sumOf(header) !== numberAt(header, FIELDS.sum, 8)) throw damaged(path, "list of parts");
    const name = textAt(header, FIELDS.name, NAME_BYTES);
    const bytes = numberAt(header, FIELDS.size, 12);
    if (!(bytes <= MAX_PART_BYTES)) throw damaged(path, name);
    const content = readAt(file, path, at, bytes);
    const padding = readAt(file, path, at + bytes, paddingOf(bytes));
    if (padding.some((byte) => byte !== 0)) throw damaged(path, name);
    yield { name, at, content };
    at += bytes + padding.length;
  }
}

function foreign(path: string): InvalidInput {
  return new InvalidInput(`${path} is not a backup: expected a file that \`vyx backup\` wrote`);
}

function endsEarly(path: string): InvalidInput {
  return new InvalidInput(`${path} is not whole: it ends before its list of contents. Take another backup`);
}

function damaged(path: string, part: string): InvalidInput {
  return new InvalidInput(`${path} is damaged: its ${part} is not what was written. Take another backup`);
}

function withFile<Result>(path: string, work: (file: number) => Result): Result {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (cause) {
    throw new InvalidInput(`${path} can't be read: ${reasonOf(cause)}`, { cause });
  }
  try {
    return work(file);
  } finally {
    closeSync(file);
  }
}

/** Reads exactly so many bytes. Throws {@link InvalidInput} when the file has fewer. */
function readAt(file: number, path: string, at: number, bytes: number): Buffer {
  const content = Buffer.alloc(bytes);
  for (let read = 0; read < bytes; ) {
    const count = readSync(file, content, read, bytes - read, at + read);
    if (count === 0) throw at === 0 ? foreign(path) : endsEarly(path);
    read += count;
  }
  return content;
}

function writeAll(file: number, content: Uint8Array): void {
  for (let written = 0; written < content.length; ) written += writeSync(file, content, written);
}

function headerOf(name: string, bytes: number): Buffer {
  const header = Buffer.alloc(BLOCK);
  header.write(name, FIELDS.name, NAME_BYTES, "latin1");
  for (const [field, value, digits] of [
    ["mode", 0o600, 7],
    ["uid", 0, 7],
    ["gid", 0, 7],
    ["size", bytes, 11],
    ["time", 0, 11],
  ] as const) {
    header.write(value.toString(8).padStart(digits, "0"), FIELDS[field]);
  }
  header.write("0", FIELDS.type);
  header.write(`${MAGIC}\x0000`, FIELDS.magic, "latin1");
  header.write(`${sumOf(header).toString(8).padStart(6, "0")}\0 `, FIELDS.sum, "latin1");
  return header;
}

/** The sum of a header's bytes, where its own field counts as spaces. */
function sumOf(header: Buffer): number {
  let sum = 0;
  for (const [at, byte] of header.entries()) sum += at >= FIELDS.sum && at < FIELDS.sum + 8 ? 32 : byte;
  return sum;
}

function textAt(header: Buffer, at: number, bytes: number): string {
  return header.toString("latin1", at, at + bytes).replace(/\0.*$/s, "");
}

function numberAt(header: Buffer, at: number, bytes: number): number {
  return Number.parseInt(textAt(header, at, bytes), 8);
}

function paddingOf(bytes: number): number {
  return (BLOCK - (bytes % BLOCK)) % BLOCK;
}

function sha256(content: Uint8Array): string {
  return new Bun.CryptoHasher("sha256").update(content).digest("hex");
}
