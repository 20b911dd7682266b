import type { Series } from "../store/mod.ts";

/**
 * Entity tags of series. A series is numbered when it is first asked for, so that one that is forgotten and made anew never has
 * a tag of its predecessor. All tags are weak: the same klines may be sent in several encodings.
 */
export class SeriesTags {
  readonly #boot: string;
  readonly #numbers: WeakMap<Series, number> = new WeakMap();
  #next = 0;

  /** `boot` tells this run's tags from those of an earlier one, whose versions began at 0 as well. */
  constructor(boot: string) {
    this.#boot = boot;
  }

  /** The tag of one series at its present version. */
  one(series: Series): string {
    return `W/"${this.#boot}.${this.#numberOf(series)}.${series.version}"`;
  }

  /**
   * The tag of several series at their present versions. A hash of each number and version, in order: sums would be the same
   * when one series moves and another is left out. `form`: all else that the body depends on.
   */
  many(series: readonly Series[], form: string): string {
    const pairs = new Float64Array(2 * series.length);
    for (const [index, one] of series.entries()) {
      pairs[2 * index] = this.#numberOf(one);
      pairs[2 * index + 1] = one.version;
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
