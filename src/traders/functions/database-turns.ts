import { type Clock, FairQueue, millis, type QueueBounds, type StopSignal, type Stopwatch } from "../../core/mod.ts";
import { RETRY_AFTER_SECONDS } from "../../wire/mod.ts";
import { FunctionProblem } from "./caller.ts";

/** Calls to the database that wait or are under way, of one caller and of all together. One more is refused. */
export const DATABASE_PLACES: QueueBounds = { perCaller: 16, total: 256 };

/** A call that waits this long for the database is refused, in milliseconds. */
export const DATABASE_WAIT_MS = 20_000;

/** Of a pool's connections, those that the functions leave to the engine. With fewer, the functions use one at a time. */
export const ENGINE_CONNECTIONS = 3;

/** Who calls the database, and whether anybody still waits for the answer. */
export interface DatabaseCaller {
  /** The same value from request to request. */
  readonly share: unknown;
  readonly signal: StopSignal;
}

/** How the queue in front of the database does. Counts only grow. */
export interface DatabaseTurnsFigures {
  readonly waiting: number;
  /** Calls that were refused: the caller's places were taken, all places were, or the wait was too long. */
  readonly refused: { readonly caller: number; readonly total: number; readonly wait: number };
  /** Calls whose client was gone before their turn. */
  readonly dropped: number;
}

/** Starts a call whose turn it is. */
type Start = () => void;

/**
 * The queue in front of the database for calls of the functions: callers take turns, and only a few calls are under way at a
 * time. The engine doesn't use it. A connection runs its statements in the order in which they come, so with a single
 * connection the engine waits for one such call at most.
 */
export class DatabaseTurns {
  readonly #atOnce: number;
  readonly #clock: Pick<Clock, "sleep">;
  readonly #stopwatch: Stopwatch;
  readonly #queue: FairQueue<unknown, Start> = new FairQueue(DATABASE_PLACES);
  readonly #refused = { caller: 0, total: 0, wait: 0 };
  #running = 0;
  #dropped = 0;

  /** `connections`: how many the pool has, for functions and engine together. */
  constructor(connections: number, clock: Pick<Clock, "sleep">, stopwatch: Stopwatch) {
    this.#atOnce = Math.max(1, connections - ENGINE_CONNECTIONS);
    this.#clock = clock;
    this.#stopwatch = stopwatch;
  }

  /**
   * Does the work when it is the caller's turn. Rejects as the work does; with {@link FunctionProblem} `rate_limited` when the
   * caller's places are taken, `not_ready` when all are or the wait is too long; with the signal's reason when that is aborted
   * before the work began.
   */
  async run<Result>(by: DatabaseCaller, work: () => Promise<Result>): Promise<Result> {
    if (by.signal.aborted) throw by.signal.reason;
    const full = this.#queue.fullness(by.share);
    if (full !== undefined) throw this.#refusal(full);
    await this.#turn(by);
    const began = this.#stopwatch();
    try {
      return await work();
    } finally {
      this.#running -= 1;
      this.#queue.end(by.share, this.#stopwatch() - began);
      this.#startNext();
    }
  }

  figures(): DatabaseTurnsFigures {
    return { waiting: this.#queue.waiting, refused: { ...this.#refused }, dropped: this.#dropped };
  }

  /** Takes a place, and resolves when it is the caller's turn. */
  #turn({ share, signal }: DatabaseCaller): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting = new AbortController();
      const start = (): void => {
        waiting.abort();
        signal.removeEventListener("abort", drop);
        resolve();
      };
      const leave = (cause: unknown): void => {
        waiting.abort();
        signal.removeEventListener("abort", drop);
        this.#queue.remove(share, start);
        reject(cause);
      };
      const drop = (): void => {
        this.#dropped += 1;
        leave(signal.reason);
      };
      signal.addEventListener("abort", drop, { once: true });
      this.#queue.enter(share, start, "short");
      this.#startNext();
      if (waiting.signal.aborted) return;
      this.#clock.sleep(millis(DATABASE_WAIT_MS), waiting.signal).then(
        () => leave(this.#refusal("wait")),
        () => {},
      );
    });
  }

  #startNext(): void {
    while (this.#running < this.#atOnce) {
      const next = this.#queue.next(this.#running === 0);
      if (next === undefined) return;
      this.#running += 1;
      next.job();
    }
  }

  /** Counts and words a refusal. */
  #refusal(why: keyof DatabaseTurnsFigures["refused"]): FunctionProblem {
    this.#refused[why] += 1;
    switch (why) {
      case "caller": {
        const detail = `${DATABASE_PLACES.perCaller} calls of yours wait for the database already: try again when one has ended`;
        return new FunctionProblem("rate_limited", detail, RETRY_AFTER_SECONDS.own);
      }
      case "total": {
        const detail = `${DATABASE_PLACES.total} calls wait for the database already: try again in ${RETRY_AFTER_SECONDS.full} s`;
        return new FunctionProblem("not_ready", detail, RETRY_AFTER_SECONDS.full);
      }
      case "wait": {
        const detail = `the database had no time for this call within ${DATABASE_WAIT_MS / 1_000} s: try again in ${RETRY_AFTER_SECONDS.full} s`;
        return new FunctionProblem("not_ready", detail, RETRY_AFTER_SECONDS.full);
      }
    }
  }
}
