import { join } from "node:path";
import { reasonOf, type Symbol } from "../../core/mod.ts";
import type { Period } from "../period.ts";
import { DamagedManifest, type FileRecord } from "./manifest.ts";
import { fileOf, symbolFolder } from "./paths.ts";
import { filesIn, loadManifest, SymbolFiles, sha256Of, symbolsIn } from "./symbol-files.ts";

/** Something that isn't as the history's writer left it. */
export interface Damage {
  readonly symbol: Symbol;
  /** Relative to the history's folder. */
  readonly path: string;
  /** In words. */
  readonly what: string;
}

/** What a verification read. */
export interface VerifyReport {
  readonly files: number;
  readonly bytes: number;
  readonly damages: readonly Damage[];
}

/**
 * Reads every byte of the history, and compares each file with the hash in its manifest, and each manifest with its own. `drop` takes damaged
 * files out, so that the next fetch makes them again.
 */
export async function verifyHistory(
  root: string,
  { drop = false }: { readonly drop?: boolean } = {},
): Promise<VerifyReport> {
  const damages: Damage[] = [];
  let [files, bytes] = [0, 0];
  for (const symbol of await symbolsIn(root)) {
    const folder = symbolFolder(symbol);
    const note = (name: string, what: string): void => void damages.push({ symbol, path: `${folder}/${name}`, what });
    try {
      const manifest = await loadManifest(join(root, folder), symbol);
      const sizes = await filesIn(join(root, folder));
      const bad: Period[] = [];
      for (const record of manifest.files) {
        const accepted = [record, ...(manifest.next?.period === record.period ? [manifest.next] : [])];
        const what = await faultOf(join(root, folder), accepted, sizes);
        files += 1;
        bytes += record.bytes;
        if (what === undefined) continue;
        bad.push(record.period);
        note(fileOf(record.period), what);
      }
      const known = new Set(manifest.files.map(({ period }) => fileOf(period)));
      for (const name of sizes.keys()) {
        if (!known.has(name))
          note(name, "isn't in the manifest: it is left from a fetch that was killed, and never read");
      }
      if (drop && bad.length > 0) await (await SymbolFiles.open(root, symbol, () => {})).remove(bad);
    } catch (cause) {
      if (!(cause instanceof DamagedManifest)) throw cause;
      note("manifest.json", cause.message);
      if (drop) await SymbolFiles.open(root, symbol, () => {});
    }
  }
  return { files, bytes, damages };
}

/** What is wrong with a file, in words; undefined if it is one of those that the manifest names. */
async function faultOf(
  folder: string,
  accepted: readonly FileRecord[],
  sizes: ReadonlyMap<string, number>,
): Promise<string | undefined> {
  const [record] = accepted as [FileRecord];
  const name = fileOf(record.period);
  const size = sizes.get(name);
  if (size === undefined) return "is missing";
  if (!accepted.some(({ bytes }) => bytes === size)) return `has ${size} bytes, and was written with ${record.bytes}`;
  const sha256 = await sha256Of(join(folder, name)).catch((cause: unknown) => reasonOf(cause));
  if (accepted.some((one) => one.sha256 === sha256)) return undefined;
  return /^[0-9a-f]{64}$/.test(sha256)
    ? `has other bytes than were written: its SHA-256 is ${sha256}`
    : `can't be read: ${sha256}`;
}
