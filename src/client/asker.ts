import { millis } from "../core/mod.ts";
import { backOffMs } from "./back-off.ts";
import { Breaker } from "./breaker.ts";
import { ClientError, isTransient } from "./client-error.ts";
import { type Question, tryOnce } from "./one-try.ts";
import type { ClientSettings } from "./options.ts";
import { SharedReads } from "./shared-reads.ts";

/** What every call takes. */
export interface CallOptions {
  /** Ends the call, which then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Asks a server until it answers, within bounds: of tries, of time for each and for all, and of trouble, past which a
 * circuit breaker leaves the server alone.
 */
export class Asker {
  readonly #settings: ClientSettings;
  readonly #breaker: Breaker;
  readonly #shared: SharedReads = new SharedReads();
  #lastFailure: ClientError | undefined;

  constructor(settings: ClientSettings) {
    this.#settings = settings;
    this.#breaker = new Breaker({
      failures: settings.breakAfterFailures,
      openForMs: settings.halfOpenAfterMs,
      now: () => settings.clock.now(),
      isTrouble: isOutage,
    });
  }

  /** Rejects with ClientError, or with the signal's reason. Equal reads that are asked for in the same moment are one request. */
  ask<T>(question: Question<T>, { signal }: CallOptions = {}): Promise<T> {
    if (question.method !== "GET") return this.#ask(question, signal);
    return this.#shared.read(question.path, signal, (stop) => this.#ask(question, stop));
  }

  async #ask<T>(question: Question<T>, signal: AbortSignal | undefined): Promise<T> {
    const { clock, deadlineMs, maxTries } = this.#settings;
    const deadline = clock.now() + deadlineMs;
    for (let tries = 1; ; tries += 1) {
      try {
        return await this.#try(question, deadline, signal);
      } catch (cause) {
        if (!(cause instanceof ClientError) || !mayTryAgain(question, cause) || tries >= maxTries) throw cause;
        const wait = this.#waitAfter(cause, tries);
        // A wait that the deadline would cut short is none that helps: what went wrong is told now.
        if (clock.now() + wait >= deadline) throw cause;
        await clock.sleep(millis(wait), signal);
      }
    }
  }

  async #try<T>(question: Question<T>, deadline: number, signal: AbortSignal | undefined): Promise<T> {
    const { clock, tryTimeoutMs } = this.#settings;
    const patienceMs = tryTimeoutMs + (question.computesMs ?? 0);
    try {
      return await this.#breaker.run(
        () => tryOnce(this.#settings, question, Math.max(1, Math.min(patienceMs, deadline - clock.now())), signal),
        () => this.#left(question),
      );
    } catch (cause) {
      if (cause instanceof ClientError && isOutage(cause)) this.#lastFailure = cause;
      throw cause;
    }
  }

  #left({ method, path }: Question<unknown>): ClientError {
    const { breakAfterFailures, halfOpenAfterMs } = this.#settings;
    return new ClientError(
      "circuit_open",
      `${method} ${path}: not sent: the server failed ${breakAfterFailures} times in a row and is left alone for ${halfOpenAfterMs} ms`,
      { cause: this.#lastFailure },
    );
  }

  /** What the server asked for, and a little more, so that not all whom it asked come back in the same moment. */
  #waitAfter({ retryAfterMs }: ClientError, failures: number): number {
    const { backOff, random } = this.#settings;
    if (retryAfterMs === undefined) return backOffMs(backOff, failures, random);
    return retryAfterMs + Math.round(backOff.firstMs * random());
  }
}

/** A question that may be asked once only may have been heard, unless the server refused to listen. */
function mayTryAgain({ isOnce = false }: Question<unknown>, cause: ClientError): boolean {
  return isTransient(cause) && (!isOnce || cause.status === 429);
}

/** Whether a failure says that the server is in trouble. One that says "slow down", or "no such symbol", is well. */
function isOutage(cause: unknown): boolean {
  return cause instanceof ClientError && (cause.status === 500 || (isTransient(cause) && cause.status !== 429));
}
