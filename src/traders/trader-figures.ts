import type { Histogram } from "../core/mod.ts";
import type { Signal } from "../wire/mod.ts";
import type { DatabaseStorageFigures } from "./database-maintenance.ts";
import type { DatabaseHealth } from "./database-watch.ts";
import type { Run } from "./found.ts";
import type { DatabaseTurnsFigures } from "./functions/database-turns.ts";
import type { RetentionFigures } from "./retention.ts";

/** What became of closes since the start, for metrics. */
export interface TraderFigures {
  /** Runs by how they ended. */
  readonly runs: Readonly<Record<Run["status"], number>>;
  /** Signals that were stored here, each once. */
  readonly signals: number;
  /** Outcomes of signals that were stored here, one for each horizon of a signal; undefined while there is no database. */
  readonly outcomes?: number | undefined;
  /** Seconds from a close until all traders that are due had run, or until the webhook took it. */
  readonly closes: Histogram;
  /** For how long closes or runs have been waiting without a break, in seconds; 0 when nothing waits. */
  readonly backlogSeconds: number;
  /** Times that a close had to be told once more. */
  readonly closeRetries: number;
  /** Answers that another source should have given; undefined where there is but one. */
  readonly fallbacks: number | undefined;
  /** How the database does; undefined while none is used. */
  readonly databaseHealth: DatabaseHealth | undefined;
  /** The functions' calls to the database; undefined while there is none. */
  readonly database: DatabaseTurnsFigures | undefined;
  /** What the database takes on disk; undefined until it is known. */
  readonly storage?: DatabaseStorageFigures | undefined;
  /** Price alerts that are watched; undefined before they were read. */
  readonly alerts?: number | undefined;
  /** Messages about signals by what became of their last try; undefined while there is no database. */
  readonly messages?:
    | (Readonly<Record<"accepted" | "failed" | "dead", number>> & { readonly waiting: number | undefined })
    | undefined;
  /** Old rows that were deleted; undefined while there is no database. */
  readonly expired?: RetentionFigures | undefined;
}

/** Counts runs as they end, and signals as they are stored: a run that fails halfway has stored some. */
export class RunCounts {
  readonly runs: Record<Run["status"], number> = { done: 0, failed: 0, queued: 0 };
  signals = 0;

  ended({ status }: Run): void {
    this.runs[status] += 1;
  }

  stored(signals: readonly Signal[]): void {
    this.signals += signals.length;
  }
}
