import type { Signal } from "../../wire/mod.ts";

/** The most signals that are remembered; past that, the oldest is forgotten. */
const MAX_SIGNALS = 4_096;

/**
 * Signals that came lately. Several servers tell each signal, some a moment after others: after a reconnect, one that the last server told
 * may come again from the next. An id alone doesn't say so: after a backup is restored, ids from after the backup are given anew.
 */
export class RecentSignals {
  /** Close times, by id. */
  readonly #closeTimes: Map<number, number> = new Map();

  /** Returns whether the signal is new. */
  add({ id, closeTime }: Pick<Signal, "id" | "closeTime">): boolean {
    if (this.#closeTimes.get(id) === closeTime) return false;
    this.#closeTimes.delete(id);
    this.#closeTimes.set(id, closeTime);
    if (this.#closeTimes.size > MAX_SIGNALS) this.#closeTimes.delete(this.#closeTimes.keys().next().value as number);
    return true;
  }
}
