import { existsSync } from "node:fs";
import { join } from "node:path";
import { PAGE_BYTES, type SummedFile, summed } from "./file-sums.ts";

/** A file that isn't as it was written. */
export interface FileDamage {
  /** Relative to the database's files. */
  readonly path: string;
  /** In words, what is wrong with it. */
  readonly what: string;
  /** In words, what it holds; undefined where that isn't known. */
  readonly holds: string | undefined;
}

/** What the files in a folder should be. */
export interface NotedFiles {
  readonly files: ReadonlyMap<string, SummedFile>;
  /** The files of the last change, as they were before it; undefined if there was none. A kill may have prevented that change, or cut it short. */
  readonly before: ReadonlyMap<string, SummedFile | undefined>;
  /** In words, what files hold. */
  readonly names: Readonly<Record<string, string>>;
}

/** What the write-ahead log holds. */
const LOG = "the signals and executions that were written last";

/** Files in the folder that aren't as noted, nor as they were before the last change. */
export function damageIn(folder: string, { files, before, names }: NotedFiles): FileDamage[] {
  const damage: FileDamage[] = [];
  const isUndone = [...before].every(([path, file]) =>
    file === undefined ? !existsSync(join(folder, path)) : faultOf(join(folder, path), file) === undefined,
  );
  for (const [path, file] of files) {
    const what = faultOf(join(folder, path), file, before.get(path));
    if (what === undefined || (isUndone && before.has(path))) continue;
    damage.push({ path, what, holds: contentOf(path, names) });
  }
  return damage.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** In words, how a file differs from both of what it may be, a page at a time: its last write may be half made. */
function faultOf(path: string, file: SummedFile, before: SummedFile = file): string | undefined {
  const found = summed(path);
  if (found === undefined) return "is missing";
  const least = Math.min(file.bytes, before.bytes);
  if (found.bytes < least) return `is cut short: ${found.bytes} bytes of ${least}`;
  if (found.bytes > Math.max(file.bytes, before.bytes)) return `is longer than it was written: ${found.bytes} bytes`;
  const page = found.sums.findIndex((sum, at) => sum !== file.sums[at] && sum !== before.sums[at]);
  return page === -1 ? undefined : `is not what was written, from byte ${page * PAGE_BYTES} on`;
}

function contentOf(path: string, names: Readonly<Record<string, string>>): string | undefined {
  // Parts of a table have .1, .2 …; maps of its pages _vm and _fsm.
  return path.startsWith("pg_wal/") ? LOG : names[path.replace(/(\.\d+|_[a-z]+)+$/, "")];
}
