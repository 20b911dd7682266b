import { type Millis, millis, type Random } from "../../../core/mod.ts";

/** How waits grow: from the first, doubling, up to the longest; in milliseconds. */
export interface BackoffBounds {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Waits that double up to a bound, each drawn from its upper half, so that many who fail together don't come back together. */
export class Backoff {
  readonly #bounds: BackoffBounds;
  readonly #random: Random;
  #failures = 0;

  constructor(bounds: BackoffBounds, random: Random) {
    this.#bounds = bounds;
    this.#random = random;
  }

  /** How many failures there were since the last success. */
  get failures(): number {
    return this.#failures;
  }

  /** One more failure: how long to wait now, in whole milliseconds. */
  next(): Millis {
    const ceiling = Math.min(this.#bounds.longestMs, this.#bounds.firstMs * 2 ** Math.min(this.#failures, 30));
    this.#failures += 1;
    return millis(Math.round(ceiling * (0.5 + this.#random() / 2)));
  }

  /** It went well: the next failure waits the first span again. */
  reset(): void {
    this.#failures = 0;
  }
}
