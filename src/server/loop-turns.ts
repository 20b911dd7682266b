import type { Caller } from "./caller.ts";
import { CallerQueue } from "./caller-queue.ts";

/** How long long work holds the event loop before everything else gets its turn, in milliseconds. */
export const LOOP_SLICE_MS = 3;

/**
 * Long work on the event loop, cut into small jobs. Jobs of all callers run one after another, callers in turn, for
 * {@link LOOP_SLICE_MS}; then sockets, timers and other requests are served before the next slice. A job should take about a millisecond.
 */
export class LoopTurns {
  readonly #stopwatch: () => number;
  readonly #jobs: CallerQueue<() => void> = new CallerQueue();
  #isScheduled = false;

  /** `stopwatch`: milliseconds on a clock that only goes forward. */
  constructor(stopwatch: () => number) {
    this.#stopwatch = stopwatch;
  }

  /** Runs the work when it is the caller's turn. Resolves or rejects as the work returns or throws. */
  run<Result>(caller: Caller, work: () => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#jobs.add(caller, () => {
        try {
          resolve(work());
        } catch (cause) {
          reject(cause);
        }
      });
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled || this.#jobs.size === 0) return;
    this.#isScheduled = true;
    setImmediate(() => this.#slice());
  }

  #slice(): void {
    this.#isScheduled = false;
    const began = this.#stopwatch();
    do this.#jobs.take()?.();
    while (this.#jobs.size > 0 && this.#stopwatch() - began < LOOP_SLICE_MS);
    this.#schedule();
  }
}
