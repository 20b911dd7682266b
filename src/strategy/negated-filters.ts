import type { FilterRunner, PreparedFilter } from "./filter.ts";
import { FilterCodeFault } from "./mistakes.ts";
import type { FilterWatcher, WatchedFilter } from "./watched-filter.ts";

/** Comparisons of a filter that are negated at most, one at a time: each is a run of its own for the symbols that didn't match. */
const MAX_NEGATED = 24;

const TOO_MANY = "the filter has too many conditions to watch, so nothing can be said of misses";

/** A filter watched, and with one comparison negated at a time: each is made when it is first needed. */
export class NegatedFilters {
  readonly #runner: FilterRunner;
  readonly #watcher: FilterWatcher;
  readonly #code: string;
  #watched: { readonly filter: WatchedFilter | undefined } | undefined;
  readonly #made: Map<number, PreparedFilter | undefined> = new Map();
  #leftOut = false;

  constructor(runner: FilterRunner, watcher: FilterWatcher, code: string) {
    this.#runner = runner;
    this.#watcher = watcher;
    this.#code = code;
  }

  /** Undefined where the filter has too many conditions. Throws FilterCodeFault where it can't be watched. */
  get watched(): WatchedFilter | undefined {
    this.#watched ??= { filter: this.#watcher.watch(this.#code) };
    return this.#watched.filter;
  }

  /** With the comparison at this place negated; undefined where that can't be read, or where there are too many. */
  at(at: number): PreparedFilter | undefined {
    if (this.#made.has(at)) return this.#made.get(at);
    if (this.#made.size >= MAX_NEGATED) {
      this.#leftOut = true;
      return undefined;
    }
    const made = this.#negated(at);
    this.#made.set(at, made);
    return made;
  }

  notes(): readonly string[] {
    if (this.watched === undefined) return [TOO_MANY];
    return this.#leftOut ? [`only the first ${MAX_NEGATED} comparisons that the filter came to were looked at`] : [];
  }

  close(): void {
    for (const one of this.#made.values()) one?.close();
    this.#watched?.filter?.close();
  }

  #negated(at: number): PreparedFilter | undefined {
    const code = this.watched?.negated(at);
    try {
      return code === undefined ? undefined : this.#runner.prepare(code);
    } catch (cause) {
      // It may be longer than a filter can be.
      if (cause instanceof FilterCodeFault) return undefined;
      throw cause;
    }
  }
}
