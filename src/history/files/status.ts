import { join } from "node:path";
import type { Symbol } from "../../core/mod.ts";
import { minutesIn, within } from "../ranges.ts";
import { DamagedManifest, type FileRecord } from "./manifest.ts";
import { symbolFolder } from "./paths.ts";
import { loadManifest, symbolsIn } from "./symbol-files.ts";

/** What the history has of one symbol. */
export interface SymbolStatus {
  readonly symbol: Symbol;
  readonly files: number;
  readonly rows: number;
  readonly bytes: number;
  /** The first and the last kline, in Unix milliseconds. */
  readonly first: number;
  readonly last: number;
  /** Minutes between them that the exchange has no kline of, and minutes of which nothing is known. */
  readonly holeMinutes: number;
  readonly unknownMinutes: number;
  readonly records: readonly FileRecord[];
}

/** What the history has. */
export interface HistoryStatus {
  readonly symbols: readonly SymbolStatus[];
  /** Symbols whose list of files can't be read, with why. */
  readonly damaged: readonly { readonly symbol: Symbol; readonly why: string }[];
}

/** What the history has, by symbol. One that is damaged hides no other. */
export async function historyStatus(root: string): Promise<HistoryStatus> {
  const all: SymbolStatus[] = [];
  const damaged: { symbol: Symbol; why: string }[] = [];
  for (const symbol of await symbolsIn(root)) {
    const manifest = await loadManifest(join(root, symbolFolder(symbol)), symbol).catch((cause: unknown) => {
      if (!(cause instanceof DamagedManifest)) throw cause;
      damaged.push({ symbol, why: cause.message });
    });
    const { files } = manifest ?? { files: [] };
    if (files.length === 0) continue;
    const sum = (of: (record: FileRecord) => number): number => files.reduce((total, record) => total + of(record), 0);
    const [first, last] = [Math.min(...files.map((one) => one.first)), Math.max(...files.map((one) => one.last))];
    const span = { from: first, to: last } as Parameters<typeof within>[1];
    const settled = minutesIn(files.flatMap((one) => within(one.settled, span)));
    const holeMinutes = minutesIn(files.flatMap((one) => within(one.holes, span)));
    const unknownMinutes = Math.max(0, minutesIn([span]) - settled);
    const sizes = { files: files.length, rows: sum(({ rows }) => rows), bytes: sum(({ bytes }) => bytes) };
    all.push({ symbol, ...sizes, first, last, holeMinutes, unknownMinutes, records: files });
  }
  return { symbols: all, damaged };
}
