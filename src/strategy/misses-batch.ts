import type { Symbol } from "../core/mod.ts";
import type { PreparedFilter } from "./filter.ts";
import type { Miss } from "./misses.ts";
import { type MissesCounts, NONE } from "./misses-counts.ts";
import type { NegatedFilters } from "./negated-filters.ts";
import type { ClosePart } from "./screen.ts";
import type { SeenCondition } from "./watched-filter.ts";

/** Runs a filter for symbols at the close; `stopped` symbols ran into a bound before. */
type RunClose = (filter: PreparedFilter, symbols: readonly Symbol[], stopped: number) => ClosePart;

/** Looks at some symbols at a time: each filter runs for all of them before the next one does. */
export class BatchLook {
  readonly #filter: PreparedFilter;
  readonly #filters: NegatedFilters;
  readonly #run: RunClose;
  /** Symbols for which a filter ran into a bound. */
  stopped: number;

  constructor(filter: PreparedFilter, filters: NegatedFilters, stopped: number, run: RunClose) {
    this.#filter = filter;
    this.#filters = filters;
    this.stopped = stopped;
    this.#run = run;
  }

  at(symbols: readonly Symbol[]): { readonly counts: MissesCounts; readonly misses: readonly Miss[] } {
    const { matches, checked, skipped, errors } = this.#close(this.#filter, symbols);
    const others = new Set<Symbol>([...matches, ...skipped, ...errors].map(({ symbol }) => symbol));
    const misses = this.#missesOf(symbols.filter((symbol) => !others.has(symbol)));
    const counts = { ...NONE, checked, matches: matches.length, skipped: skipped.length, errors: errors.length };
    return { counts: { ...counts, missed: misses.length }, misses };
  }

  /** Of symbols that didn't match, the narrowest comparison of each that alone kept it from matching. */
  #missesOf(symbols: readonly Symbol[]): readonly Miss[] {
    const narrow = new Map<Symbol, SeenCondition>();
    for (const [at, conditions] of this.#comparisons(symbols)) {
      const negated = this.#filters.at(at);
      if (negated === undefined) continue;
      for (const { symbol } of this.#close(negated, [...conditions.keys()]).matches) {
        const condition = conditions.get(symbol);
        const before = narrow.get(symbol);
        if (condition === undefined || (before?.share ?? Number.POSITIVE_INFINITY) <= (condition.share ?? 0)) continue;
        narrow.set(symbol, condition);
      }
    }
    return [...narrow].map(([symbol, condition]) => ({ symbol, condition }));
  }

  /** By their place among the filter's conditions, the comparisons of two numbers that a run came to once, and what each symbol had. */
  #comparisons(symbols: readonly Symbol[]): ReadonlyMap<number, ReadonlyMap<Symbol, SeenCondition>> {
    const found = new Map<number, Map<Symbol, SeenCondition>>();
    const { watched } = this.#filters;
    if (watched === undefined || symbols.length === 0) return found;
    const seen = new Map<Symbol, readonly SeenCondition[]>();
    const noting: PreparedFilter = {
      ...watched,
      run: (input) => {
        const ran = watched.run(input);
        if (ran.outcome.kind === "no_match") seen.set(input.symbol, watched.conditions());
        else seen.delete(input.symbol);
        return ran;
      },
    };
    this.#close(noting, symbols);
    for (const [symbol, conditions] of seen) {
      for (const [at, condition] of conditions.entries()) {
        if (condition.distance === undefined || condition.times !== 1) continue;
        const known = found.get(at) ?? new Map<Symbol, SeenCondition>();
        found.set(at, known.set(symbol, condition));
      }
    }
    return found;
  }

  #close(filter: PreparedFilter, symbols: readonly Symbol[]): ClosePart {
    const part = this.#run(filter, symbols, this.stopped);
    this.stopped = part.stopped;
    return part;
  }
}
