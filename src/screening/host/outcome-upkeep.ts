import { type Clock, millis, reasonOf, type Stopwatch } from "../../core/mod.ts";
import type { CloseQueue, TraderLog, Traders } from "../../traders/mod.ts";

/** Without a close, what is due is looked for this often, in milliseconds: after an outage, and candles that came late. */
const LOOK_EVERY_MS = 60_000;

/** While signals are worked on, outcomes wait; after this, in milliseconds, they get one turn all the same. */
const LONGEST_WAIT_MS = 60_000;

/** How often it is looked whether signals are still worked on, in milliseconds. */
const WAIT_MS = 250;

/** Turns of a look; what is left is done with the next one. */
const TURNS_A_LOOK = 100;

/** What the upkeep of outcomes goes by. */
export interface OutcomeUpkeepParts {
  readonly closes: Pick<CloseQueue, "isIdle">;
  /** Since when traders have been running without a break, by the stopwatch; undefined while none runs. */
  readonly busySince: () => number | undefined;
  readonly clock: Clock;
  readonly stopwatch: Stopwatch;
  readonly log: TraderLog;
}

/** Has outcomes of signals stored as closes come, after the signals of these closes, one turn at a time. */
export class OutcomeUpkeep {
  readonly #parts: OutcomeUpkeepParts;
  #ending: AbortController = new AbortController();
  #sleeping: AbortController = new AbortController();
  #isAwaited = false;
  /** Since a look failed, until one succeeds: an outage is reported once. */
  #isFailing = false;

  constructor(parts: OutcomeUpkeepParts) {
    this.#parts = parts;
  }

  /** Begins for a database that has been opened. It ends with the signal, or when {@link end} is called. */
  begin(filler: Traders["filler"], signal: AbortSignal): void {
    this.end();
    if (filler === undefined) return;
    this.#ending = new AbortController();
    void this.#run(filler, AbortSignal.any([this.#ending.signal, signal]));
  }

  /** A close was worked on: more outcomes may be known. */
  wake(): void {
    this.#isAwaited = true;
    this.#sleeping.abort();
  }

  end(): void {
    this.#ending.abort();
  }

  async #run(filler: NonNullable<Traders["filler"]>, signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    while (!signal.aborted) {
      this.#isAwaited = false;
      try {
        await filler.fill({ most: TURNS_A_LOOK, turn: () => this.#turn(signal), signal });
        this.#succeeded();
      } catch (cause) {
        if (!signal.aborted) this.#failed(cause);
      }
      this.#sleeping = new AbortController();
      if (this.#isAwaited) continue;
      const either = AbortSignal.any([this.#sleeping.signal, signal]);
      await clock.sleep(millis(LOOK_EVERY_MS), either).catch(() => {});
    }
  }

  #failed(cause: unknown): void {
    if (!this.#isFailing) this.#parts.log.warn(`outcomes of signals can't be stored now: ${reasonOf(cause)}`);
    this.#isFailing = true;
  }

  #succeeded(): void {
    if (this.#isFailing) this.#parts.log.info("outcomes of signals are stored again");
    this.#isFailing = false;
  }

  /** Resolves when no signals are worked on, or when that takes too long. */
  async #turn(signal: AbortSignal): Promise<void> {
    const { closes, busySince, clock, stopwatch } = this.#parts;
    const since = stopwatch();
    while (!closes.isIdle || busySince() !== undefined) {
      if (signal.aborted || stopwatch() - since > LONGEST_WAIT_MS) return;
      await clock.sleep(millis(WAIT_MS), signal).catch(() => {});
    }
  }
}
