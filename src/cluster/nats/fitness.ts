import type { Stopwatch } from "../../core/mod.ts";

/** A node that isn't ready for so long gives its lease up where another one is ready, in milliseconds: a connection that is opened again takes less. */
const UNREADY_AFTER_MS = 5_000;

/** What a node's fitness follows from. */
export interface FitnessParts {
  readonly stopwatch: Stopwatch;
  /** Whether this node's market is connected, warm and current. */
  readonly isReady: () => boolean;
  /** Whether another node that may hold the lease is. */
  readonly isOtherReady: () => boolean;
}

/**
 * Whether a node is fit to hold the lease on a market's exchange. One that has lost the exchange, or starts, isn't where another one is ready: others
 * would wait for what it can't ask, and a stream that is lost would be filled by nobody.
 */
export class Fitness {
  readonly #parts: FitnessParts;
  #unreadySince = Number.NEGATIVE_INFINITY;
  #wasReady = false;

  constructor(parts: FitnessParts) {
    this.#parts = parts;
  }

  /** Called again and again. */
  isFit(): boolean {
    const { stopwatch, isReady, isOtherReady } = this.#parts;
    const isReadyNow = isReady();
    if (this.#wasReady && !isReadyNow) this.#unreadySince = stopwatch();
    this.#wasReady = isReadyNow;
    return isReadyNow || stopwatch() - this.#unreadySince < UNREADY_AFTER_MS || !isOtherReady();
  }
}
