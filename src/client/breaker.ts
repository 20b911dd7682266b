/** What a breaker goes by. */
export interface BreakerParts {
  /** So many failures in a row open it. */
  readonly failures: number;
  /** After so many milliseconds one piece of work is let through as a test. */
  readonly openForMs: number;
  /** In milliseconds. */
  readonly now: () => number;
  /** Whether an error says that the other side is in trouble. */
  readonly isTrouble: (cause: unknown) => boolean;
}

/**
 * Leaves the other side alone while it is in trouble: after some failures in a row nothing is sent for a while, then one piece of work as a
 * test. What comes during the test waits for its outcome.
 */
export class Breaker {
  readonly #parts: BreakerParts;
  #failures = 0;
  #openedAt: number | undefined;
  #test: Promise<unknown> | undefined;

  constructor(parts: BreakerParts) {
    this.#parts = parts;
  }

  /** Does the work, or rejects with the refusal while it is open. */
  async run<T>(work: () => Promise<T>, refusal: () => Error): Promise<T> {
    while (this.#test !== undefined) await this.#test;
    const { openForMs, now } = this.#parts;
    if (this.#openedAt === undefined) return await this.#try(work);
    if (now() - this.#openedAt < openForMs) throw refusal();
    const outcome = this.#try(work);
    this.#test = outcome.catch(() => {});
    try {
      return await outcome;
    } finally {
      this.#test = undefined;
    }
  }

  async #try<T>(work: () => Promise<T>): Promise<T> {
    const { failures, now, isTrouble } = this.#parts;
    try {
      const result = await work();
      this.#failures = 0;
      this.#openedAt = undefined;
      return result;
    } catch (cause) {
      if (isTrouble(cause)) {
        this.#failures += 1;
        if (this.#openedAt !== undefined || this.#failures >= failures) this.#openedAt = now();
      }
      throw cause;
    }
  }
}
