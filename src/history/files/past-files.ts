import { open, stat } from "node:fs/promises";
import { join } from "node:path";
import {
  KLINE_COLUMNS,
  type KlineColumn,
  type MarketId,
  type OpenTimeRange,
  type PastBlock,
  type PastFile,
  type PastKlines,
  type PastSymbol,
  type StopSignal,
  type Symbol,
  type UnixMs,
} from "../../core/mod.ts";
import { joined, within } from "../ranges.ts";
import { DamagedManifest, type FileRecord, type Manifest } from "./manifest.ts";
import { type Footer, readFooter, readGroup } from "./parquet.ts";
import { fileOf, MANIFEST, symbolFolder } from "./paths.ts";
import { handleBuffer } from "./read-sheet.ts";
import { loadManifest, settledManifest, sha256Of, symbolsIn } from "./symbol-files.ts";

/** Footers that are kept: 100 kB each in memory, and read again in 2 ms. */
const MAX_FOOTERS = 128;

/** Manifests that are kept: two years of a symbol are 20 kB. */
const MAX_MANIFESTS = 2_048;

/** A file that is sent is read in parts of so many bytes. */
const PART_BYTES = 256 * 1024;

/** How often a read begins anew because files were replaced while it opened them. */
const MAX_TRIES = 5;

type Handle = Awaited<ReturnType<typeof open>>;

/**
 * The history in a folder, as {@link PastKlines}. It sees what another process adds: a manifest is read again when it has changed. A read
 * opens all its files at its beginning, so it goes on over what there was, whatever is replaced or pruned meanwhile. Reads of a symbol whose
 * manifest is damaged reject with a {@link DamagedManifest}.
 * @example for await (const { length, columns } of new PastFiles("history").read(symbol, { from, to })) …
 */
export class PastFiles implements PastKlines {
  readonly #root: string;
  readonly #manifests: Map<Symbol, { readonly version: string; readonly manifest: Manifest }> = new Map();
  /** By the hash of the file, so that none is ever that of another file. */
  readonly #footers: Map<string, Promise<Footer>> = new Map();

  constructor(root: string) {
    this.#root = root;
  }

  async symbols(market: MarketId): Promise<readonly PastSymbol[]> {
    const found: PastSymbol[] = [];
    for (const symbol of await symbolsIn(this.#root, market)) {
      const files = await this.#listed(symbol);
      if (files.length === 0) continue;
      const from = Math.min(...files.map(({ first }) => first)) as UnixMs;
      found.push({ symbol, span: { from, to: Math.max(...files.map(({ last }) => last)) as UnixMs } });
    }
    return found;
  }

  async settled(symbol: Symbol, range: OpenTimeRange): Promise<readonly OpenTimeRange[]> {
    const { files } = await this.#manifest(symbol);
    return within(joined(files.flatMap(({ settled }) => settled)), range);
  }

  async *read(symbol: Symbol, range: OpenTimeRange, signal?: StopSignal): AsyncIterable<PastBlock> {
    const opened = await this.#open(symbol, range);
    try {
      let next = range.from as number;
      for (const { record, handle } of opened) {
        const file = handleBuffer(handle, record.bytes);
        const footer = await this.#footer(record, file);
        for (const group of footer.groups) {
          if (group.last < next || group.first > range.to) continue;
          if (signal?.aborted === true) return;
          // A day and its month may both be there for a moment: none of their minutes comes twice.
          const block = part(await readGroup(file, footer, group), next, range.to);
          if (block.length > 0) yield block;
          next = Math.max(next, group.last + 1);
        }
      }
    } finally {
      await Promise.all(opened.map(({ handle }) => handle.close()));
    }
  }

  async files(): Promise<readonly PastFile[]> {
    const found: PastFile[] = [];
    for (const symbol of await symbolsIn(this.#root)) {
      const folder = symbolFolder(symbol);
      for (const { period, first, last, rows, bytes, sha256 } of await this.#listed(symbol)) {
        const span = { from: first as UnixMs, to: last as UnixMs };
        found.push({ path: `${folder}/${fileOf(period)}`, symbol, span, rows, bytes, sha256 });
      }
    }
    return found.sort((a, b) => (a.path < b.path ? -1 : 1));
  }

  async content(path: string, signal?: StopSignal): Promise<AsyncIterable<Uint8Array> | undefined> {
    const isListed = (await this.files()).some((file) => file.path === path);
    const handle = isListed ? await open(join(this.#root, path), "r").catch(() => undefined) : undefined;
    return handle === undefined ? undefined : parts(handle, signal);
  }

  /** A symbol's files for a list: one whose manifest is damaged has none there, and the others are listed all the same. */
  async #listed(symbol: Symbol): Promise<readonly FileRecord[]> {
    try {
      return (await this.#manifest(symbol)).files;
    } catch (cause) {
      if (cause instanceof DamagedManifest) return [];
      throw cause;
    }
  }

  /** Opens the files that a range touches, oldest first. */
  async #open(symbol: Symbol, range: OpenTimeRange): Promise<{ record: FileRecord; handle: Handle }[]> {
    for (let tries = 1; ; tries += 1) {
      const { files } = await this.#manifest(symbol);
      const needed = files.filter(({ first, last }) => last >= range.from && first <= range.to);
      const opened: { record: FileRecord; handle: Handle }[] = [];
      try {
        for (const record of needed) {
          const handle = await open(join(this.#root, symbolFolder(symbol), fileOf(record.period)), "r");
          opened.push({ record, handle });
        }
        if (await this.#isReplaced(symbol, needed))
          throw new Error(`files of ${symbol} were replaced while they were opened`);
        return opened;
      } catch (cause) {
        await Promise.all(opened.map(({ handle }) => handle.close()));
        this.#manifests.delete(symbol);
        if (tries === MAX_TRIES) throw cause;
      }
    }
  }

  /** Whether another file has taken the place of one since its record was read. One that was pruned meanwhile is open, and can be read. */
  async #isReplaced(symbol: Symbol, records: readonly FileRecord[]): Promise<boolean> {
    const { files } = await this.#manifest(symbol);
    const now = new Map(files.map(({ period, sha256 }) => [period, sha256]));
    return records.some(({ period, sha256 }) => (now.get(period) ?? sha256) !== sha256);
  }

  async #manifest(symbol: Symbol): Promise<Manifest> {
    const folder = join(this.#root, symbolFolder(symbol));
    const version = await versionOf(join(folder, MANIFEST));
    const had = this.#manifests.get(symbol);
    if (had !== undefined && had.version === version) return had.manifest;
    let manifest = await loadManifest(folder, symbol);
    if (manifest.next !== undefined) {
      const path = join(folder, fileOf(manifest.next.period));
      manifest = settledManifest(manifest, await sha256Of(path).catch(() => undefined));
      // It changes in a moment: not kept.
      return manifest;
    }
    keep(this.#manifests, symbol, { version, manifest }, MAX_MANIFESTS);
    return manifest;
  }

  #footer({ sha256 }: FileRecord, file: ReturnType<typeof handleBuffer>): Promise<Footer> {
    const had = this.#footers.get(sha256);
    const footer = had ?? readFooter(file);
    keep(this.#footers, sha256, footer, MAX_FOOTERS);
    // One that can't be read is tried again by the next one who needs it.
    footer.catch(() => this.#footers.delete(sha256));
    return footer;
  }
}

/** The bytes of an open file, which is closed afterwards. */
async function* parts(handle: Handle, signal: StopSignal | undefined): AsyncIterable<Uint8Array> {
  try {
    for (;;) {
      if (signal?.aborted === true) return;
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(PART_BYTES), 0, PART_BYTES);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

/** Changes whenever the file is replaced. */
async function versionOf(path: string): Promise<string> {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found === undefined ? "none" : `${found.ino} ${found.mtimeNs} ${found.size}`;
}

/** Keeps an entry as the newest, and drops the oldest past the bound. */
function keep<K, V>(map: Map<K, V>, key: K, value: V, most: number): void {
  map.delete(key);
  map.set(key, value);
  if (map.size > most) map.delete(map.keys().next().value as K);
}

/** The rows of a block that open within a range. */
function part(block: PastBlock, from: number, to: number): PastBlock {
  const times = block.columns.openTime;
  const first = lowerBound(times, from);
  const end = lowerBound(times, to + 1);
  if (first === 0 && end === block.length) return block;
  const columns = KLINE_COLUMNS.map((column) => [column, block.columns[column].subarray(first, end)] as const);
  return {
    length: Math.max(0, end - first),
    columns: Object.fromEntries(columns) as Record<KlineColumn, Float64Array>,
  };
}

function lowerBound(times: Float64Array, time: number): number {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((times[middle] as number) < time) low = middle + 1;
    else high = middle;
  }
  return low;
}
