import { Histogram } from "../../core/mod.ts";

/** Upper bounds of the buckets, in seconds. REST is asked for a close after two. */
const BUCKETS_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 30, 60];

/** How many lags are kept; older ones fall out. 4096 are eight closes of 500 symbols. */
const KEPT = 4_096;

/** How late final klines come after their close: all of them counted by size, and the newest ones for their quantiles. */
export class Lags {
  readonly #kept: Float64Array = new Float64Array(KEPT);
  /** All lags since the start, in seconds. */
  readonly all: Histogram = new Histogram(BUCKETS_SECONDS);
  #count = 0;
  /** The kept ones in order, until another comes. */
  #sorted: Float64Array | undefined;

  /** Takes one lag in milliseconds. */
  note(lagMs: number): void {
    const lag = Math.max(0, lagMs);
    this.#kept[this.#count % KEPT] = lag;
    this.all.add(lag / 1_000);
    this.#count += 1;
    this.#sorted = undefined;
  }

  /** The lag that a share of the kept ones doesn't exceed, in milliseconds; undefined while there is none. */
  quantile(share: number): number | undefined {
    const kept = Math.min(this.#count, KEPT);
    if (kept === 0) return undefined;
    this.#sorted ??= this.#kept.slice(0, kept).sort();
    return this.#sorted[Math.min(kept - 1, Math.floor(share * kept))];
  }
}
