/** How many lags are kept; older ones fall out. 4096 are eight closes of 500 symbols. */
const KEPT = 4_096;

/** The newest lags, for their quantiles. */
export class Lags {
  readonly #kept: Float64Array = new Float64Array(KEPT);
  #count = 0;

  /** Takes one lag in milliseconds. */
  note(lagMs: number): void {
    this.#kept[this.#count % KEPT] = Math.max(0, lagMs);
    this.#count += 1;
  }

  /** The lag that a share of the kept ones doesn't exceed, in milliseconds; undefined while there is none. */
  quantile(share: number): number | undefined {
    const kept = Math.min(this.#count, KEPT);
    if (kept === 0) return undefined;
    const sorted = this.#kept.slice(0, kept).sort();
    return sorted[Math.min(kept - 1, Math.floor(share * kept))];
  }
}
