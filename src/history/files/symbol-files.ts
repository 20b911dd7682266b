import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { isMarketId, MARKET_IDS, type MarketId, type Symbol, VyxError } from "../../core/mod.ts";
import { type Period, periodIn } from "../period.ts";
import {
  DamagedManifest,
  emptyManifest,
  type FileRecord,
  type Manifest,
  manifestText,
  readManifest,
  withFile,
} from "./manifest.ts";
import { fileOf, MANIFEST, marketFolder, symbolFolder, symbolIn } from "./paths.ts";
import { CantWrite, UNFINISHED, writeWhole } from "./whole-file.ts";

/**
 * The files of one symbol and their manifest, for the one who writes them. A file counts once the manifest names it. Where a file is replaced,
 * the manifest names both until the new one has its name, so that a kill at any moment leaves a file that the manifest vouches for.
 */
export class SymbolFiles {
  readonly symbol: Symbol;
  readonly folder: string;
  #manifest: Manifest;
  #changing: Promise<void> = Promise.resolve();

  private constructor(symbol: Symbol, folder: string, manifest: Manifest) {
    this.symbol = symbol;
    this.folder = folder;
    this.#manifest = manifest;
  }

  /**
   * Makes the folder, and removes files that a killed process left half-written. A damaged manifest is renamed, and `onDamaged` called with
   * the reason. Rejects with CantWrite.
   */
  static async open(root: string, symbol: Symbol, onDamaged: (why: string) => void): Promise<SymbolFiles> {
    const folder = join(root, symbolFolder(symbol));
    try {
      return await SymbolFiles.#opened(folder, symbol, onDamaged);
    } catch (cause) {
      throw cause instanceof VyxError ? cause : new CantWrite(folder, cause);
    }
  }

  static async #opened(folder: string, symbol: Symbol, onDamaged: (why: string) => void): Promise<SymbolFiles> {
    await mkdir(folder, { recursive: true });
    for (const name of await readdir(folder))
      if (name.endsWith(UNFINISHED)) await rm(join(folder, name), { force: true });
    let manifest: Manifest;
    try {
      manifest = await loadManifest(folder, symbol);
    } catch (cause) {
      if (!(cause instanceof DamagedManifest)) throw cause;
      onDamaged(`${cause.message}; it was set aside, and its files are made again`);
      await rename(join(folder, MANIFEST), join(folder, `${MANIFEST}.damaged`));
      manifest = emptyManifest(symbol);
    }
    const files = new SymbolFiles(symbol, folder, manifest);
    await files.#settleReplaced();
    return files;
  }

  get records(): readonly FileRecord[] {
    return this.#manifest.files;
  }

  record(period: Period): FileRecord | undefined {
    return this.records.find((one) => one.period === period);
  }

  /**
   * Gives a file its name and the manifest its record; `gone`: periods whose klines are in it now. `unfinished` is the path that the file was
   * written to and brought to the disk.
   */
  async put(record: FileRecord, unfinished: string, gone: readonly Period[] = []): Promise<void> {
    await this.#change(async () => {
      const path = join(this.folder, fileOf(record.period));
      if (this.record(record.period) !== undefined) await this.#save({ ...this.#manifest, next: record });
      await rename(unfinished, path);
      const changed = withFile(this.#manifest, record);
      await this.#save({ ...changed, files: changed.files.filter(({ period }) => !gone.includes(period)) });
      for (const period of gone) await rm(join(this.folder, fileOf(period)), { force: true });
    });
  }

  /** Changes what the manifest says of a file that stays as it is. */
  async note(record: FileRecord): Promise<void> {
    await this.#change(() => this.#save(withFile(this.#manifest, record)));
  }

  /** Removes files: first from the manifest, then from the disk. */
  async remove(periods: readonly Period[]): Promise<void> {
    await this.#change(async () => {
      await this.#save({ ...this.#manifest, files: this.records.filter(({ period }) => !periods.includes(period)) });
      for (const period of periods) await rm(join(this.folder, fileOf(period)), { force: true });
    });
  }

  /** One change after the other: several months of a symbol are made at once. */
  async #change(work: () => Promise<void>): Promise<void> {
    const done = this.#changing.then(work).catch((cause: unknown) => {
      throw new CantWrite(this.folder, cause);
    });
    this.#changing = done.catch(() => {});
    await done;
  }

  async #save(manifest: Manifest): Promise<void> {
    await writeWhole(join(this.folder, MANIFEST), manifestText(manifest));
    this.#manifest = manifest;
  }

  /** After a kill between two steps: which of the two files is there? */
  async #settleReplaced(): Promise<void> {
    const { next } = this.#manifest;
    if (next === undefined) return;
    const sha256 = await sha256Of(join(this.folder, fileOf(next.period))).catch(() => undefined);
    await this.#save(settledManifest(this.#manifest, sha256));
  }
}

/** A manifest without a replacement under way, as the file on the disk decides. */
export function settledManifest({ next, ...manifest }: Manifest, sha256: string | undefined): Manifest {
  return next !== undefined && next.sha256 === sha256 ? withFile(manifest, next) : manifest;
}

/** The manifest in a symbol's folder; an empty one where there is none. Rejects with {@link DamagedManifest}. */
export async function loadManifest(folder: string, symbol: Symbol): Promise<Manifest> {
  const path = join(folder, MANIFEST);
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    if ((cause as { code?: unknown }).code === "ENOENT") return emptyManifest(symbol);
    throw cause;
  }
  const manifest = readManifest(text, path);
  if (manifest.symbol !== symbol) throw new DamagedManifest(`${path} is damaged: it is that of ${manifest.symbol}`);
  return manifest;
}

/** The symbols that have a folder, by market and symbol. */
export async function symbolsIn(root: string, market?: MarketId): Promise<Symbol[]> {
  const found: Symbol[] = [];
  for (const one of market === undefined ? MARKET_IDS.filter(isMarketId) : [market]) {
    const names = await readdir(join(root, marketFolder(one))).catch(() => [] as string[]);
    found.push(...names.flatMap((name) => symbolIn(name) ?? []).sort());
  }
  return found;
}

/** The SHA-256 of a file, in hexadecimal, read piece by piece. */
export async function sha256Of(path: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const piece of createReadStream(path, { highWaterMark: 1_048_576 })) hash.update(piece as Buffer);
  return hash.digest("hex");
}

/** The files of a period and others that a symbol's folder holds, with their sizes. */
export async function filesIn(folder: string): Promise<ReadonlyMap<string, number>> {
  const names = await readdir(folder).catch(() => [] as string[]);
  const sizes = new Map<string, number>();
  for (const name of names) {
    const period = periodIn(name.replace(/\.parquet$/, ""));
    if (period !== undefined && name === fileOf(period)) sizes.set(name, (await stat(join(folder, name))).size);
  }
  return sizes;
}
