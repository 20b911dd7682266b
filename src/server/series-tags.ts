import type { Series } from "../store/mod.ts";

/**
 * What moves whenever the answer changes that a series gives: without its open candle, that is only when something closes or
 * becomes certain or uncertain.
 */
export function revisionOf({ version, certainties }: Series, closedOnly: boolean): number {
  return closedOnly ? certainties : version;
}

/**
 * Entity tags of series, of all their klines or of the closed ones. A series gets a number at its first request, so a series that
 * was dropped and recreated never has a tag of its predecessor. All tags are weak: the same klines may be sent in several encodings.
 */
export class SeriesTags {
  readonly #boot: string;
  readonly #numbers: WeakMap<Series, number> = new WeakMap();
  #next = 0;

  /** `boot` tells this run's tags from those of an earlier one, whose versions began at 0 as well. */
  constructor(boot: string) {
    this.#boot = boot;
  }

  /** The tag of one series as it is now. */
  one(series: Series, closedOnly: boolean): string {
    const revision = revisionOf(series, closedOnly);
    return `W/"${this.#boot}.${this.#numberOf(series)}.${closedOnly ? "c" : ""}${revision}"`;
  }

  /**
   * The tag of several series as they are now. A hash of each number and revision, in order: sums would be the same when one series
   * moves and another is left out. `form`: all else that the body depends on.
   */
  many(series: readonly Series[], closedOnly: boolean, form: string): string {
    const pairs = new Float64Array(2 * series.length);
    for (const [index, one] of series.entries()) {
      pairs[2 * index] = this.#numberOf(one);
      pairs[2 * index + 1] = revisionOf(one, closedOnly);
    }
    const hash = Bun.hash(pairs, Bun.hash(form) as bigint) as bigint;
    return `W/"${this.#boot}.${series.length}.${hash.toString(36)}"`;
  }

  #numberOf(series: Series): number {
    const known = this.#numbers.get(series);
    if (known !== undefined) return known;
    this.#next += 1;
    this.#numbers.set(series, this.#next);
    return this.#next;
  }
}
