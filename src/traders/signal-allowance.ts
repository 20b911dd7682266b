import { type Clock, VyxError } from "../core/mod.ts";

/**
 * Signals that one owner's traders may store a UTC day on one server. Each may have facts of some kilobytes and is kept for months: without
 * a bound one owner's filters could fill the disk.
 */
export const MAX_SIGNALS_PER_DAY = 100_000;

const DAY_MS = 86_400_000;

/** The owner's traders have stored as many signals as they may. */
export class TooManySignals extends VyxError {
  readonly code = "too_many_signals";
  readonly retryable = false;
}

/** Counts the signals of each owner that are stored in a UTC day. */
export class SignalAllowance {
  readonly #clock: Clock;
  readonly #most: number;
  readonly #stored: Map<string, number> = new Map();
  #day = 0;

  constructor(clock: Clock, most: number = MAX_SIGNALS_PER_DAY) {
    this.#clock = clock;
    this.#most = most;
  }

  /** To be called with what was stored. */
  add(owner: string, signals: number): void {
    this.#turn();
    this.#stored.set(owner, (this.#stored.get(owner) ?? 0) + signals);
  }

  /** Throws {@link TooManySignals} where an owner has none left today. A run that has begun stores all of its signals. */
  check(owner: string): void {
    this.#turn();
    if ((this.#stored.get(owner) ?? 0) < this.#most) return;
    throw new TooManySignals(
      `this owner's traders have stored ${this.#most} signals since 00:00 UTC, the most of one day: expected filters that match fewer symbols; all run again tomorrow`,
    );
  }

  #turn(): void {
    const day = Math.floor(this.#clock.now() / DAY_MS);
    if (day === this.#day) return;
    this.#day = day;
    this.#stored.clear();
  }
}
