import type { Interval, MarketId, Symbol, UnixMs } from "../core/mod.ts";
import type { Trader } from "../wire/mod.ts";
import type { Match, MatchRow } from "./match-rows.ts";

/** The traders that run at the same closes. */
export interface Schedule {
  readonly market: MarketId;
  readonly interval: Interval;
}

/** A close at which traders run: one that was told, or was found by asking. */
export interface TraderClose {
  /** The source's first market unless said. */
  readonly market?: MarketId | undefined;
  readonly interval: Interval;
  readonly closeTime: UnixMs;
}

/** A close that was found by asking. */
export interface FoundClose extends TraderClose {
  readonly market: MarketId;
}

/** Which execution is meant. */
export interface ExecutionKey {
  readonly traderId: string;
  readonly interval: Interval;
  readonly closeTime: UnixMs;
}

/** An execution that is ours to run, until its lease runs out. */
export interface Claim extends ExecutionKey {
  readonly trader: Trader;
  readonly token: string;
  /** How often it was claimed, this time included. */
  readonly attempts: number;
  /** What the last attempt failed of. */
  readonly lastError: string | null;
  /** Symbols that still wait for an earlier close of this trader. */
  readonly waiting: readonly Symbol[];
}

/** What an engine has claimed and not run yet. */
export interface InHand {
  /** The most that it has at a time. */
  readonly concurrency: number;
  readonly tokens: readonly string[];
  /** How many there are of each owner. */
  readonly owners: ReadonlyMap<string, number>;
}

/** An execution that ran without some symbols, and those symbols. */
export interface LateExecution extends ExecutionKey {
  readonly owner: string;
  readonly pending: readonly Symbol[];
}

/** The same with its trader. */
export interface Late extends LateExecution {
  readonly trader: Trader;
}

/** What a run found. */
export interface Outcome {
  readonly matches: readonly Match[];
  readonly symbolsChecked: number;
  readonly skipped: number;
  readonly errors: number;
  /** In words, when there is something to say; a failed run always has. */
  readonly error: string | null;
  readonly failed: boolean;
}

/** What a run of late symbols found. It names them, as a part that is written again counts those only that weren't counted before. */
export interface LateOutcome {
  readonly matches: readonly Match[];
  readonly skippedSymbols: readonly Symbol[];
  readonly errorSymbols: readonly Symbol[];
  /** In words, when there is something to say. */
  readonly error: string | null;
}

/** A run that came to an end, and the symbols that it has to wait for. */
export interface Ended {
  readonly claim: Claim;
  readonly outcome: Outcome;
  readonly pending: readonly Symbol[];
}

/** Some matches of a run that ended. With the last part the run itself is over. */
export interface PartOfRun {
  readonly ended: Ended;
  readonly rows: readonly MatchRow[];
  readonly isLast: boolean;
}

/** An execution, for the log. */
export function nameOf({ traderId, interval, closeTime }: ExecutionKey): string {
  return `trader ${traderId} at the close of ${interval} at ${new Date(closeTime).toISOString()}`;
}
