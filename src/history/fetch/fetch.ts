import type { Stopwatch, Symbol } from "../../core/mod.ts";
import type { Fault } from "../fault.ts";
import type { FileRecord } from "../files/manifest.ts";
import { SymbolFiles } from "../files/symbol-files.ts";
import type { Period } from "../period.ts";
import { type FetchParts, MonthFetch } from "./month-fetch.ts";

/** So many months are in work for each thread: while one is unpacked, others are downloaded. */
const MONTHS_A_THREAD = 2;

/** What is fetched, and with what. */
export interface FetchOptions extends Omit<FetchParts, "onRows"> {
  /** The folder of the history. */
  readonly root: string;
  readonly symbols: readonly Symbol[];
  readonly months: readonly Period[];
  readonly threadCount: number;
  readonly stopwatch: Stopwatch;
  onProgress(progress: FetchProgress): void;
  warn(message: string): void;
}

/** How far a fetch is. */
export interface FetchProgress {
  /** Months that are done, of so many. */
  readonly done: number;
  readonly months: number;
  /** Klines that were read, and milliseconds since the beginning. */
  readonly rows: number;
  readonly elapsedMs: number;
}

/** What a fetch did. */
export interface FetchReport extends FetchProgress {
  readonly fetched: number;
  readonly current: number;
  readonly absent: number;
  /** Of the months that were fetched. */
  readonly verdicts: Readonly<Record<FileRecord["verdict"], number>>;
  /** Klines that the folder has of these months now. */
  readonly klines: number;
  /** Symbols for which no source has data in any of the months. */
  readonly unfound: readonly Symbol[];
  /** What was wrong with their sources. */
  readonly faults: readonly (Fault & { readonly symbol: Symbol })[];
}

/**
 * Brings months of symbols into the folder. What is there already is kept, so a fetch that was stopped or killed goes on where it was.
 * Rejects with a VyxError where the source or the disk fails for good; what was done by then stays.
 * @example await fetchHistory({ root: "history", symbols, months: monthsBetween(since, until), source, rest, threads, threadCount: 2, … })
 */
export async function fetchHistory(options: FetchOptions): Promise<FetchReport> {
  const { symbols, months, threadCount, signal, stopwatch, onProgress } = options;
  const began = stopwatch();
  const faults: (Fault & { symbol: Symbol })[] = [];
  const found = new Set<Symbol>();
  const counts = { fetched: 0, current: 0, absent: 0 };
  const verdicts = { whole: 0, holes: 0, incomplete: 0 };
  let [done, rows, klines] = [0, 0, 0];
  const ending = new AbortController();
  const parts: FetchParts = {
    ...options,
    signal: AbortSignal.any([signal, ending.signal]),
    onRows: (count) => {
      rows += count;
    },
  };
  const progress = (): FetchProgress => ({
    done,
    months: symbols.length * months.length,
    rows,
    elapsedMs: stopwatch() - began,
  });
  const work = monthsOf(options);
  const runOne = async (): Promise<void> => {
    for (const { symbol, files, month } of work) {
      parts.signal.throwIfAborted();
      const { kind, record, faults: unread = [] } = await new MonthFetch(parts, await files, month).run();
      counts[kind] += 1;
      if (kind !== "absent") found.add(symbol);
      klines += record?.rows ?? 0;
      if (kind === "fetched" && record !== undefined) {
        verdicts[record.verdict] += 1;
        faults.push(...record.faults.map((fault) => ({ symbol, ...fault })));
      }
      faults.push(...unread.map((fault) => ({ symbol, ...fault })));
      done += 1;
      onProgress(progress());
    }
  };
  try {
    await Promise.all(Array.from({ length: threadCount * MONTHS_A_THREAD }, runOne));
  } catch (cause) {
    ending.abort(cause);
    throw cause;
  }
  const unfound = symbols.filter((symbol) => !found.has(symbol));
  return { ...progress(), ...counts, klines, verdicts, unfound, faults };
}

/** All months to fetch, symbol by symbol. A symbol's folder is opened with its first month. */
function* monthsOf({
  root,
  symbols,
  months,
  warn,
}: FetchOptions): Generator<{ symbol: Symbol; files: Promise<SymbolFiles>; month: Period }> {
  for (const symbol of symbols) {
    const files = SymbolFiles.open(root, symbol, warn);
    for (const month of months) yield { symbol, files, month };
  }
}
