import { minutesOf } from "../period.ts";
import { SymbolFiles, symbolsIn } from "./symbol-files.ts";

/** Which files go. */
export interface PruneBounds {
  /** Only files that end before this moment go. */
  readonly olderThan?: number | undefined;
  /** So many of the newest months of each symbol stay. */
  readonly keepMonths?: number | undefined;
}

/** Removes old files. A reader that has one open reads on. Returns how many went, and their bytes. */
export async function pruneHistory(
  root: string,
  { olderThan, keepMonths }: PruneBounds,
): Promise<{ files: number; bytes: number }> {
  let [files, bytes] = [0, 0];
  for (const symbol of await symbolsIn(root)) {
    const open = await SymbolFiles.open(root, symbol, () => {});
    const { records } = open;
    const months = [...new Set(records.map(({ period }) => period.slice(0, 7)))].sort();
    const kept = new Set(keepMonths === undefined ? months : months.slice(-keepMonths));
    // Both bounds protect: what goes is older than the moment, and none of the newest months.
    const old = records.filter(
      ({ period }) =>
        !(keepMonths !== undefined && kept.has(period.slice(0, 7))) &&
        (olderThan === undefined || minutesOf(period).to < olderThan),
    );
    if (old.length === 0) continue;
    await open.remove(old.map(({ period }) => period));
    files += old.length;
    bytes += old.reduce((sum, one) => sum + one.bytes, 0);
  }
  return { files, bytes };
}
