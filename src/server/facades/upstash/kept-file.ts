import { mkdirSync, renameSync } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { type Clock, millis, reasonOf } from "../../../core/mod.ts";
import { FolderInUse, FolderLock, syncFolder } from "../../../store/mod.ts";
import { type Change, changeOf, HEAD, lineOf, textOf } from "./kept-lines.ts";
import { type KeptTexts, MAX_ALL_TEXTS } from "./kept-texts.ts";

/** How long a change waits before it is written with the others, in milliseconds. */
export const WRITTEN_WITHIN_MS = 500;

/** The file is written anew once it is so much longer than what it would hold then. Bytes, and times. */
export const SPARE_BYTES: number = 1024 * 1024;
export const SPARE_TIMES = 2;

/** Lines that are put together in one go: about a millisecond. */
const LINES_PER_TURN = 1_000;

/** Changes that wait to be written; with more of them the file is written anew. */
const MAX_WAITING: number = MAX_ALL_TEXTS;

/** What keeping texts in a file needs. */
export interface KeptFileParts {
  readonly path: string;
  readonly clock: Pick<Clock, "sleep">;
  /** Told in words what went wrong; once until it is right again. */
  readonly warn: (message: string) => void;
}

/**
 * The texts that callers have written, in a file: each change is a line at its end, written within {@link WRITTEN_WITHIN_MS} and brought to
 * the disk. A file that has grown is written anew beside the old one and renamed. So a kill loses the last half second, and
 * nothing else. Bounded as {@link KeptTexts} are.
 */
export class KeptFile {
  readonly #parts: KeptFileParts;
  readonly #texts: KeptTexts;
  readonly #waiting: Map<string, Change> = new Map();
  readonly #ending: AbortController = new AbortController();
  /** Undefined while the file isn't ours: another server has it, or it can't be locked for now. */
  #lock: FolderLock | undefined;
  #writing: Promise<void> | undefined;
  #bytes = 0;
  /** What the file had when it was written anew last. */
  #leastBytes = 0;
  #isToBeWhole = true;
  #fault: string | undefined;
  /** Another server writes the file: nothing is written until the next start. */
  #isLeftAlone = false;

  /**
   * Reads what there is into `texts`, and follows their changes from now on. A file that can't be read is set aside, and said. A file that
   * another server writes is read and left alone: changes are in memory only then, and {@link fault} says so.
   */
  constructor(texts: KeptTexts, parts: KeptFileParts) {
    this.#parts = parts;
    this.#texts = texts;
    try {
      this.#hold();
    } catch (cause) {
      // What can't be locked for now is tried again by each writing, which says why it fails.
      if (cause instanceof FolderInUse) this.#leaveAlone(cause);
    }
    this.#isToBeWhole = !this.#read();
    if (this.#isLeftAlone) return;
    texts.onChange = (caller, key, text) => this.#note(text === undefined ? [caller, key] : [caller, key, text]);
  }

  /** In words, why changes aren't on the disk; undefined while they are. */
  get fault(): string | undefined {
    return this.#fault;
  }

  /** Writes what waits. Resolves when it is on the disk, or can't be written. */
  async close(): Promise<void> {
    this.#texts.onChange = undefined;
    this.#ending.abort(new Error("closed"));
    await this.#writing;
    if (!this.#isLeftAlone && (this.#waiting.size > 0 || (this.#isToBeWhole && this.#texts.size > 0))) {
      await this.#write();
    }
    this.release();
  }

  /** Lets the file go without writing. */
  release(): void {
    this.#lock?.release();
    this.#lock = undefined;
  }

  /**
   * Makes sure that no other server writes the file. The data folder's own lock can't do that: servers of different markets share the
   * folder. Throws {@link FolderInUse} where another one does, or another error where the file can't be locked.
   */
  #hold(): void {
    if (this.#lock !== undefined && this.#lock.lost() === undefined) return;
    this.release();
    this.#lock = FolderLock.take(`${this.#parts.path}.lock`);
    // Where the folder was moved or cleared away, the file is gone, too.
    this.#isToBeWhole = true;
  }

  #leaveAlone(cause: FolderInUse): void {
    this.#isLeftAlone = true;
    this.#texts.onChange = undefined;
    this.#waiting.clear();
    this.#isToBeWhole = false;
    this.#fault =
      "lastProcessed would be lost by a restart: another server with the same data folder keeps its own there";
    this.#parts.warn(
      `${this.#parts.path} isn't written, so lastProcessed would be lost by a restart: ${reasonOf(cause)}`,
    );
  }

  #note(change: Change): void {
    const [caller, key] = change;
    const name = `${caller}\n${key}`;
    // What changes again is written where it changed last, as the oldest go first.
    this.#waiting.delete(name);
    this.#waiting.set(name, change);
    if (this.#waiting.size > MAX_WAITING) {
      this.#waiting.clear();
      this.#isToBeWhole = true;
    }
    this.#writing ??= this.#writeSoon();
  }

  async #writeSoon(): Promise<void> {
    const { clock } = this.#parts;
    try {
      do {
        await clock.sleep(millis(WRITTEN_WITHIN_MS), this.#ending.signal);
        await this.#write();
      } while (this.#waiting.size > 0 || this.#isToBeWhole);
    } catch {
      // Closed: what waits is written by close().
    } finally {
      this.#writing = undefined;
    }
  }

  /** Writes what waits. What can't be written now is in the next file that is. */
  async #write(): Promise<void> {
    try {
      this.#hold();
      if (this.#isToBeWhole || this.#bytes > SPARE_TIMES * this.#leastBytes + SPARE_BYTES) await this.#writeWhole();
      else await this.#append();
      this.#fault = undefined;
    } catch (cause) {
      if (cause instanceof FolderInUse) return this.#leaveAlone(cause);
      const fault = `${this.#parts.path} can't be written: ${reasonOf(cause)}: lastProcessed would be lost by a restart`;
      if (this.#fault === undefined) this.#parts.warn(fault);
      this.#fault = fault;
      this.#isToBeWhole = true;
    }
  }

  async #append(): Promise<void> {
    const file = await open(this.#parts.path, "a", 0o600);
    try {
      const changes = [...this.#waiting.values()];
      this.#waiting.clear();
      this.#bytes += await this.#put(file, changes);
    } finally {
      await file.close();
    }
  }

  /** All texts in a new file, which takes the old one's place once it is on the disk. */
  async #writeWhole(): Promise<void> {
    const { path } = this.#parts;
    const unfinished = `${path}.unfinished`;
    // What changes from here on is written behind the texts as they are now: who writes again and again would never let them end.
    this.#waiting.clear();
    this.#isToBeWhole = false;
    const file = await open(unfinished, "w", 0o600);
    try {
      await file.writeFile(HEAD);
      this.#leastBytes = this.#bytes = HEAD.length + (await this.#put(file, [...this.#texts.all()]));
    } finally {
      await file.close();
    }
    await rename(unfinished, path).catch(async (cause) => {
      await rm(unfinished, { force: true });
      throw cause;
    });
    await syncFolder(dirname(path));
  }

  /** Writes a line for each change, and brings them to the disk. Everything else goes on meanwhile. */
  async #put(file: FileHandle, changes: Iterable<Change>): Promise<number> {
    let [bytes, lines]: [number, string[]] = [0, []];
    const flush = async (): Promise<void> => {
      const piece = Buffer.from(lines.join(""));
      lines = [];
      bytes += piece.byteLength;
      await file.writeFile(piece);
    };
    for (const change of changes) {
      lines.push(lineOf(change));
      if (lines.length === LINES_PER_TURN) await flush();
    }
    await flush();
    await file.datasync();
    return bytes;
  }

  /** Whether there was a whole file of ours: the next change may follow behind it. */
  #read(): boolean {
    const { path, warn } = this.#parts;
    try {
      mkdirSync(dirname(path), { recursive: true });
      const text = textOf(path);
      if (text === undefined) return false;
      if (!text.startsWith(HEAD)) throw new Error("it isn't a file of lastProcessed, version 1");
      const lines = text.slice(HEAD.length).split("\n");
      // A power cut may leave half a line at the end.
      const half = lines.pop();
      let wrong = 0;
      for (const line of lines) if (!this.#takeLine(line)) wrong += 1;
      if (wrong > 0 && !this.#isLeftAlone)
        warn(`${path}: ${wrong} of ${lines.length} lines are damaged, and were left out`);
      this.#leastBytes = this.#bytes = Buffer.byteLength(text);
      return wrong === 0 && half === "";
    } catch (cause) {
      if (this.#isLeftAlone) return false;
      warn(`${path} can't be read: ${reasonOf(cause)}; it is set aside, and lastProcessed begins empty`);
      setAside(path);
      return false;
    }
  }

  #takeLine(line: string): boolean {
    const change = changeOf(line);
    if (change === undefined) return false;
    const [caller, key, text] = change;
    if (text === undefined) this.#texts.delete(caller, key);
    else this.#texts.set(caller, key, text);
    return true;
  }
}

function setAside(path: string): void {
  try {
    renameSync(path, `${path}.damaged`);
  } catch {
    // There is nothing to set aside, or the folder can't be written: the next writing says so.
  }
}
