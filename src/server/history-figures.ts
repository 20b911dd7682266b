import type { MarketId } from "../core/mod.ts";
import { counter, gauge, type Metric, one } from "./metric.ts";

/** How the recording of closed minutes into the history goes. */
export interface HistoryFigures {
  /** Of each market that is recorded: symbols of which an hour that is over isn't in the history yet. */
  readonly due: readonly { readonly market: MarketId; readonly symbols: number }[];
  /** Files that were written: a day of a symbol again with each hour, and its months. */
  readonly filesWritten: number;
  /** Tries to record a symbol, or to have the folder, that failed. */
  readonly failures: number;
}

/** Where the history's metrics are read from: nothing where no history is kept. */
export interface HistorySource {
  readonly history: () => HistoryFigures | undefined;
}

/** The metrics of the history. */
export const HISTORY_METRICS: readonly Metric<HistorySource>[] = [
  gauge(
    "vyx_history_due_symbols",
    "symbols of which an hour that is over isn't in the history yet, by market; 0 a minute after each hour's end",
    ({ history }) => (history()?.due ?? []).map(({ market, symbols }) => ({ value: symbols, labels: { market } })),
  ),
  counter(
    "vyx_history_files_written_total",
    "files of the history that were written: a symbol's day or month",
    ({ history }) => one(history()?.filesWritten),
  ),
  counter(
    "vyx_history_failures_total",
    "times that a symbol couldn't be recorded, or another process wrote to the folder; they are tried again each minute",
    ({ history }) => one(history()?.failures),
  ),
];
