import {
  closeSync,
  constants,
  fstatSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { LONGEST_RETRY_AFTER_MS, type UnixMs } from "../../../core/mod.ts";

/** Remembers across restarts until when the exchange doesn't want to hear from us, so that a crash loop never calls into a ban. */
export interface BanMemory {
  /** Until when nobody may ask, in local time; undefined when nothing is known. */
  until(now: UnixMs): UnixMs | undefined;
  remember(until: UnixMs): void;
  /** The ban is over: a clock that is set back later must not bring it back. */
  forget(): void;
}

/** Remembers in a small JSON file, one per exchange address. What can't be read counts as nothing known. */
export class BanFile implements BanMemory {
  readonly #path: string;
  readonly #exchange: string;
  readonly #failed: (cause: unknown) => void;

  /**
   * `exchange` is the REST address that the ban holds for: another one has bans of its own. `failed` is called when a ban
   * couldn't be written; it holds in this process all the same.
   */
  constructor(path: string, exchange: string, failed: (cause: unknown) => void) {
    this.#path = path;
    this.#exchange = exchange;
    this.#failed = failed;
  }

  until(now: UnixMs): UnixMs | undefined {
    const until = this.#read()[this.#exchange];
    if (typeof until !== "number" || !(until > now) || until > now + LONGEST_RETRY_AFTER_MS) return undefined;
    return until as UnixMs;
  }

  remember(until: UnixMs): void {
    this.#write({ ...this.#read(), [this.#exchange]: until });
  }

  forget(): void {
    const { [this.#exchange]: ban, ...others } = this.#read();
    if (ban !== undefined) this.#write(others);
  }

  #write(bans: Record<string, unknown>): void {
    const text = JSON.stringify(bans);
    try {
      mkdirSync(dirname(this.#path), { recursive: true });
      // An existing entry is removed, not written through: it may be a link, or a pipe that nobody reads.
      rmSync(`${this.#path}.new`, { force: true });
      writeFileSync(`${this.#path}.new`, text, { flag: "wx" });
      renameSync(`${this.#path}.new`, this.#path);
    } catch (cause) {
      this.#failed(cause);
    }
  }

  #read(): Record<string, unknown> {
    try {
      const value: unknown = JSON.parse(readRegularFile(this.#path));
      return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
    } catch {
      return {};
    }
  }
}

/** Reads a file, and nothing else of that name: a pipe would hold up the start until somebody writes into it. Throws. */
function readRegularFile(path: string): string {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return fstatSync(file).isFile() ? readFileSync(file, "utf8") : "";
  } finally {
    closeSync(file);
  }
}
