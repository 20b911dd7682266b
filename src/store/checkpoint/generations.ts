import { closeSync, readdirSync, readSync, renameSync, rmSync } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import type { UnixMs } from "../../core/mod.ts";
import type { ByteSource } from "./blocks.ts";
import { checkpointMarket } from "./checkpoint.ts";
import { kindOf, openRegularFile } from "./regular-file.ts";
import { syncFolder } from "./sync-folder.ts";

/** How many checkpoints are kept: the newest, and one to fall back to. */
const GENERATIONS = 2;

/** How many files that were set aside are kept, for people to examine; past it the oldest go. */
const MAX_SET_ASIDE = 4;

const NAME = /^checkpoint-\d{8,15}\.vyx$/;
const UNFINISHED = /^checkpoint-\d{8,15}\.vyx\.unfinished$/;
const SET_ASIDE = /^checkpoint-\d{8,15}\.vyx\.(damaged|outdated)-.+$/;

/** Why a file was set aside: its bytes are damaged, or the exchange at its address has become another one. */
export type AsideKind = "damaged" | "outdated";

/** Whatever has a checkpoint's number, file or not. */
const NUMBERED = /^checkpoint-(\d{8,15})\.vyx/;

/**
 * The checkpoint files of a folder, numbered. A new one is written beside the others under a name that is never read, is
 * brought to the disk, and only then gets its own name, so a file with that name is whole. Names only ever count up.
 * Files of other markets are never read, counted or removed: a server that follows such a market again resumes from them.
 */
export class Generations {
  readonly folder: string;
  readonly #market: string;
  /** The markets of the files that are in the folder, as it was last read: a file with a final name never changes. */
  #marketOf: ReadonlyMap<string, string> = new Map();

  /** `market` is the one that is followed, see CheckpointFacts. */
  constructor(folder: string, market: string) {
    this.folder = folder;
    this.#market = market;
  }

  /** The names of this market's checkpoints, newest first, and of those whose market can't be read. */
  names(): string[] {
    return this.#all().flatMap(({ name, market = this.#market }) => (market === this.#market ? name : []));
  }

  /** The checkpoints of other markets: how many of each. */
  others(): ReadonlyMap<string, number> {
    const others = new Map<string, number>();
    for (const { market = this.#market } of this.#all()) {
      if (market !== this.#market) others.set(market, (others.get(market) ?? 0) + 1);
    }
    return others;
  }

  #all(): { name: string; market: string | undefined }[] {
    const all = this.#matching(NAME).map((name) => ({
      name,
      market: this.#marketOf.get(name) ?? this.#readMarket(name),
    }));
    this.#marketOf = new Map(all.flatMap(({ name, market }) => (market === undefined ? [] : [[name, market]])));
    return all;
  }

  #readMarket(name: string): string | undefined {
    try {
      const file = openRegularFile(join(this.folder, name));
      try {
        return checkpointMarket(fileSource(file));
      } finally {
        closeSync(file);
      }
    } catch {
      // The one who reads it next gets the same error, and reports it.
      return undefined;
    }
  }

  /** What has a checkpoint's name and is no file, in words: it is never read, and left alone. */
  strangers(): string[] {
    return readdirSync(this.folder, { withFileTypes: true })
      .filter((entry) => NAME.test(entry.name) && !entry.isFile())
      .map((entry) => `${entry.name} is ${kindOf(entry)}`);
  }

  /** Removes what an interrupted writing has left behind, and returns the names. */
  dropUnfinished(): string[] {
    const left = this.#matching(UNFINISHED);
    for (const name of left) rmSync(join(this.folder, name), { force: true });
    return left;
  }

  /** Hands the bytes of a checkpoint to `use`, piece by piece. Throws the system's error where it can't be read. */
  read<T>(name: string, use: (source: ByteSource) => T): T {
    const file = openRegularFile(join(this.folder, name));
    try {
      return use(fileSource(file));
    } finally {
      closeSync(file);
    }
  }

  /** Renames a file that can't be used so that it is never read again. Returns its new name. */
  setAside(name: string, kind: AsideKind, now: UnixMs): string {
    const aside = `${name}.${kind}-${new Date(now).toISOString().replaceAll(":", "")}`;
    renameSync(join(this.folder, name), join(this.folder, aside));
    for (const old of this.#matching(SET_ASIDE).slice(MAX_SET_ASIDE)) rmSync(join(this.folder, old), { force: true });
    return aside;
  }

  /** Writes the next checkpoint, yielding to others after each piece. Returns its length in bytes. Leaves no partial file behind. */
  async write(pieces: Iterable<Uint8Array>): Promise<number> {
    const name = this.#nextName();
    const unfinished = join(this.folder, `${name}.unfinished`);
    let bytes = 0;
    try {
      const file = await open(unfinished, "wx");
      try {
        for (const piece of pieces) {
          await writeAll(file, piece);
          bytes += piece.byteLength;
        }
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(unfinished, join(this.folder, name));
    } catch (cause) {
      await rm(unfinished, { force: true }).catch(() => {});
      throw cause;
    }
    await syncFolder(this.folder);
    // One that can't be taken away costs space, not the checkpoint that was just written.
    for (const old of this.names().slice(GENERATIONS))
      await rm(join(this.folder, old), { force: true }).catch(() => {});
    return bytes;
  }

  #nextName(): string {
    const numbers = readdirSync(this.folder).map((name) => Number(NUMBERED.exec(name)?.[1] ?? 0));
    return `checkpoint-${String(Math.max(0, ...numbers) + 1).padStart(8, "0")}.vyx`;
  }

  /** The files of that name, newest first; numbers have leading zeros, so that names sort like them. */
  #matching(pattern: RegExp): string[] {
    return readdirSync(this.folder, { withFileTypes: true })
      .filter((entry) => entry.isFile() && pattern.test(entry.name))
      .map((entry) => entry.name)
      .sort()
      .reverse();
  }
}

/** Writes a whole piece: one call may take less when the disk is nearly full. */
async function writeAll(file: Awaited<ReturnType<typeof open>>, piece: Uint8Array): Promise<void> {
  for (let at = 0; at < piece.byteLength; ) {
    const { bytesWritten } = await file.write(piece, at, piece.byteLength - at);
    at += bytesWritten;
  }
}

/** Reads a file in order. */
function fileSource(file: number): ByteSource {
  return {
    read: (length) => {
      // Not filled with zeros first: at the start of a large server that would take longer than the reading.
      const buffer = Buffer.allocUnsafeSlow(length);
      let filled = 0;
      while (filled < length) {
        const count = readSync(file, buffer, filled, length - filled, null);
        if (count === 0) break;
        filled += count;
      }
      return buffer.subarray(0, filled);
    },
  };
}
