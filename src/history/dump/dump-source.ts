import { readdir, readFile } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import {
  boundedBody,
  type Clock,
  InvalidInput,
  type MarketId,
  millis,
  reasonOf,
  type Symbol,
  symbolAt,
  VyxError,
} from "../../core/mod.ts";
import { DUMP_MARKETS, dumpSymbolsFolders } from "./addresses.ts";

/** The most bytes of one archive: a month of minutes has 3 MB. */
const MAX_ZIP_BYTES = 64 * 1_048_576;

/** How long one file may take, in milliseconds. */
const FILE_TIMEOUT_MS = 120_000;

/** Waits before a file is asked for again, in milliseconds. After the last, the fetch fails. */
const RETRY_AFTER_MS = [1_000, 4_000, 15_000] as const;

/** Where dumps are. */
export interface DumpSource {
  /** For people: an address or a folder. */
  readonly name: string;
  /** A file by its path; undefined where there is none. Rejects with {@link SourceFailed}. */
  get(path: string, signal: AbortSignal): Promise<Uint8Array | undefined>;
  /** The symbols that there are dumps of; undefined where that can't be listed. */
  symbols(): Promise<readonly Symbol[] | undefined>;
}

/** The source of the dumps can't be read now. */
export class SourceFailed extends VyxError {
  readonly code = "dump_source_failed";
  readonly retryable = true;
}

/** A folder that has the dumps as the exchange's server has them, such as a mirror. */
export class DumpFolder implements DumpSource {
  readonly name: string;

  constructor(folder: string) {
    this.name = resolve(folder);
  }

  async get(path: string): Promise<Uint8Array | undefined> {
    const file = resolve(this.name, path);
    if (!file.startsWith(this.name + sep)) throw new InvalidInput(`${path} leads out of ${this.name}`);
    try {
      return await readFile(file);
    } catch (cause) {
      if ((cause as { code?: unknown }).code === "ENOENT") return undefined;
      throw new SourceFailed(`${file} can't be read: ${reasonOf(cause)}`, { cause });
    }
  }

  async symbols(): Promise<readonly Symbol[]> {
    const listed = await Promise.all(DUMP_MARKETS.map((market) => this.#symbolsOf(market)));
    return listed.flat();
  }

  async #symbolsOf(market: MarketId): Promise<Symbol[]> {
    const folders = dumpSymbolsFolders(market).map((folder) => join(this.name, folder));
    const listed = await Promise.all(folders.map((folder) => readdir(folder).catch(() => [] as string[])));
    // A symbol of this month alone has only daily dumps.
    return [...new Set(listed.flat())].flatMap((name) => symbolAt(market, name) ?? []).sort();
  }
}

/** A server that has the dumps. A file that can't be had is asked for again, a few times. */
export class DumpServer implements DumpSource {
  readonly name: string;
  readonly #clock: Clock;
  readonly #fetch: typeof fetch;

  constructor(url: string, clock: Clock, fetcher: typeof fetch = fetch) {
    this.name = url.replace(/\/+$/, "");
    this.#clock = clock;
    this.#fetch = fetcher;
  }

  async get(path: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const address = `${this.name}/${path.split("/").map(encodeURIComponent).join("/")}`;
    for (let attempt = 0; ; attempt += 1) {
      try {
        return await this.#once(address, signal);
      } catch (cause) {
        signal.throwIfAborted();
        const wait = RETRY_AFTER_MS[attempt];
        if (wait === undefined) throw new SourceFailed(`${address}: ${reasonOf(cause)}`, { cause });
        await this.#clock.sleep(millis(wait), signal);
      }
    }
  }

  async symbols(): Promise<undefined> {
    return undefined;
  }

  async #once(address: string, signal: AbortSignal): Promise<Uint8Array | undefined> {
    const both = AbortSignal.any([signal, AbortSignal.timeout(FILE_TIMEOUT_MS)]);
    const response = await this.#fetch(address, { signal: both });
    if (response.status === 404) {
      await response.body?.cancel();
      return undefined;
    }
    if (!response.ok) {
      await response.body?.cancel();
      throw new Error(`status ${response.status}`);
    }
    return await boundedBody(response.body, MAX_ZIP_BYTES, both);
  }
}
