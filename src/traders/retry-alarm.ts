import { type Clock, millis, type Stopwatch } from "../core/mod.ts";

/** The wait before a run is tried again, in milliseconds; it doubles with each attempt. */
export const FIRST_RETRY_MS = 2_000;

/** The longest wait while no retry helps, in milliseconds. Closes and the look for missed ones retry runs anyway. */
const LONGEST_WAIT_MS = 60_000;

/** What the alarm is made of. */
export interface RetryAlarmParts {
  readonly clock: Pick<Clock, "sleep">;
  readonly stopwatch: Stopwatch;
  /** In how many milliseconds the first execution may be retried; undefined if none waits for it. */
  readonly firstRetryMs: () => Promise<number | undefined>;
  /** Claims and runs what may be run. Never rejects. */
  readonly retry: () => Promise<void>;
}

/**
 * Retries runs that were given back as soon as one may be claimed again. While no retry helps, the wait doubles: a market that isn't
 * ready for an hour doesn't cost a claim of every trader each two seconds.
 */
export class RetryAlarm {
  readonly #parts: RetryAlarmParts;
  /** Retries since a run last ended. */
  #inVain = 0;
  /** By the stopwatch. */
  #ringsAt = Number.POSITIVE_INFINITY;
  #waiting: AbortController | undefined;
  #isStopped = false;

  constructor(parts: RetryAlarmParts) {
    this.#parts = parts;
  }

  /** Sets the alarm to the first retry, if there is one and the alarm doesn't ring earlier. Rejects as `firstRetryMs` does. */
  async set(): Promise<void> {
    const first = await this.#parts.firstRetryMs();
    if (first === undefined || this.#isStopped) return;
    const { clock, stopwatch } = this.#parts;
    const waitMs = Math.max(first, this.#inVain === 0 ? 0 : FIRST_RETRY_MS * 2 ** this.#inVain);
    const boundedMs = Math.min(LONGEST_WAIT_MS, waitMs);
    if (stopwatch() + boundedMs >= this.#ringsAt) return;
    this.#waiting?.abort();
    const waiting = new AbortController();
    this.#waiting = waiting;
    this.#ringsAt = stopwatch() + boundedMs;
    clock.sleep(millis(boundedMs), waiting.signal).then(
      () => this.#ring(),
      () => {},
    );
  }

  /** A run came to its end: the next retry may help. */
  runEnded(): void {
    this.#inVain = 0;
  }

  /** It doesn't ring any more. */
  stop(): void {
    this.#isStopped = true;
    this.#waiting?.abort();
  }

  #ring(): void {
    this.#waiting = undefined;
    this.#ringsAt = Number.POSITIVE_INFINITY;
    this.#inVain += 1;
    void this.#parts.retry();
  }
}
