import type { Histogram } from "../core/mod.ts";
import type { Run } from "./engine.ts";
import type { DatabaseTurnsFigures } from "./functions/database-turns.ts";

/** What became of closes since the start, for metrics. */
export interface TraderFigures {
  /** Runs by how they ended. */
  readonly runs: Readonly<Record<Run["status"], number>>;
  /** Signals that were stored here, each once. */
  readonly signals: number;
  /** Seconds from a close until all traders that are due had run, or until the webhook took it. */
  readonly closes: Histogram;
  /** Times that a close had to be told once more. */
  readonly closeRetries: number;
  /** Answers that another source should have given; undefined where there is but one. */
  readonly fallbacks: number | undefined;
  /** The functions' calls to the database; undefined while there is none. */
  readonly database: DatabaseTurnsFigures | undefined;
}

/** Counts runs as they end. */
export class RunCounts {
  readonly runs: Record<Run["status"], number> = { done: 0, failed: 0, queued: 0 };
  signals = 0;

  count({ status, signals }: Run): void {
    this.runs[status] += 1;
    this.signals += signals.length;
  }
}
