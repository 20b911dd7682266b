import { type Clock, millis, reasonOf, type StopSignal, type UnixMs, withoutAddresses } from "../core/mod.ts";
import { DatabaseRefused, DatabaseUnreachable, inWords, reached } from "./database.ts";
import type { TraderLog } from "./ports.ts";

/** Between two looks, in milliseconds. */
export const LOOK_EVERY_MS = 1_000;

/** A database that answers nothing for this long can't be reached, in milliseconds. */
export const ANSWER_WITHIN_MS = 3_000;

/**
 * The same where a look waits for other statements, in milliseconds: much longer than a statement may take. An embedded database whose
 * disk was full may never answer again, and doesn't say so.
 */
export const SHARED_ANSWER_WITHIN_MS = 60_000;

/** What a watch is made of. */
export interface DatabaseWatchParts {
  /** Asks the database for next to nothing, over a connection of its own. Rejects when that fails. */
  readonly ask: () => Promise<unknown>;
  /** Whether `ask` has to wait for other statements: then only a very late answer is a fault. */
  readonly sharesConnection: boolean;
  readonly clock: Clock;
  readonly log: TraderLog;
}

/** How the database of the traders does. */
export interface DatabaseHealth {
  /** In words for strangers, why traders can't use it now; undefined when they can. */
  readonly fault: string | undefined;
  /** Looks that failed since the start. */
  readonly errors: number;
  /** When it last answered, in local time; undefined when it never did. */
  readonly answeredAt: UnixMs | undefined;
}

/** Looks every second whether the database answers, so that no request waits for one that doesn't. */
export class DatabaseWatch {
  readonly #parts: DatabaseWatchParts;
  readonly #waiting: Set<(cause: DatabaseUnreachable) => void> = new Set();
  /** A look over a shared connection that hasn't been answered: another one would only wait behind it. */
  #asking: Promise<unknown> | undefined;
  #fault: string | undefined;
  #errors = 0;
  #answeredAt: UnixMs | undefined;

  constructor(parts: DatabaseWatchParts) {
    this.#parts = parts;
  }

  health(): DatabaseHealth {
    return { fault: this.#fault, errors: this.#errors, answeredAt: this.#answeredAt };
  }

  /** Looks until the signal is aborted. Never rejects. */
  async run(signal: StopSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#look(signal);
      await this.#parts.clock.sleep(millis(LOOK_EVERY_MS), signal).catch(() => {});
    }
  }

  /**
   * Does work with the database. Rejects with {@link DatabaseUnreachable} at once while the database is away, and as soon as it is found
   * to be; the work then ends unheard.
   */
  async whileUp<T>(work: () => Promise<T>): Promise<T> {
    if (this.#fault !== undefined) throw new DatabaseUnreachable(this.#fault);
    const away = Promise.withResolvers<never>();
    this.#waiting.add(away.reject);
    try {
      return await Promise.race([work(), away.promise]);
    } finally {
      this.#waiting.delete(away.reject);
    }
  }

  async #look(signal: StopSignal): Promise<void> {
    const { clock, log } = this.#parts;
    try {
      await this.#answer(signal);
      if (this.#fault !== undefined) log.info("the traders' database answers again");
      this.#fault = undefined;
      this.#answeredAt = clock.now();
    } catch (cause) {
      if (signal.aborted) return;
      this.#errors += 1;
      if (this.#fault === undefined) log.warn(`the traders' database is away: ${reasonOf(cause)}`);
      this.#fault = databaseFault(cause);
      for (const reject of [...this.#waiting]) reject(new DatabaseUnreachable(this.#fault, { cause }));
    }
  }

  async #answer(signal: StopSignal): Promise<void> {
    const { sharesConnection, clock } = this.#parts;
    const asking = this.#ask();
    const late = sharesConnection
      ? `the database doesn't answer: nothing for ${SHARED_ANSWER_WITHIN_MS / 1_000} s; restart the server`
      : `the database can't be reached: no answer within ${ANSWER_WITHIN_MS / 1_000} s`;
    const answered = new AbortController();
    const end = (): void => answered.abort();
    signal.addEventListener("abort", end, { once: true });
    try {
      await Promise.race([
        asking,
        failsAfter(sharesConnection ? SHARED_ANSWER_WITHIN_MS : ANSWER_WITHIN_MS, late, clock, answered.signal),
      ]);
    } finally {
      signal.removeEventListener("abort", end);
      end();
    }
  }

  #ask(): Promise<unknown> {
    const { ask, sharesConnection } = this.#parts;
    if (this.#asking !== undefined) return this.#asking;
    const asking = inWords(reached(ask()));
    if (sharesConnection) {
      this.#asking = asking;
      const end = (): void => {
        this.#asking = undefined;
      };
      asking.then(end, end);
    }
    return asking;
  }
}

/** Rejects with `why` when the database has had its time; never resolves. */
async function failsAfter(ms: number, why: string, clock: Clock, signal: StopSignal): Promise<never> {
  await clock.sleep(millis(ms), signal);
  throw new DatabaseUnreachable(why);
}

/** In words for strangers, why the database can't be used: without addresses, and without names that it has refused. */
export function databaseFault(cause: unknown): string {
  const why =
    cause instanceof DatabaseRefused
      ? "the database refuses the server: see the log"
      : withoutAddresses(reasonOf(cause));
  return `traders: ${why}`;
}
