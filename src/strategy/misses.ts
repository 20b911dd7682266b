import { type Interval, marketsOf, type Symbol, type UnixMs } from "../core/mod.ts";
import { type AskedIntervals, windowsOf } from "./asked.ts";
import type { EngineName, FilterRunner, PreparedFilter } from "./filter.ts";
import { FilterCodeFault } from "./mistakes.ts";
import { pastTicker, tickerIntervals } from "./past-ticker.ts";
import { type ClosePart, checkClose, MAX_STOPPED_SYMBOLS, rounded, SCREEN_MS, type Screening } from "./screen.ts";
import type { Slice } from "./slice.ts";
import type { FilterWatcher, SeenCondition, WatchedFilter } from "./watched-filter.ts";
import { shortWindows } from "./windows.ts";

/** Comparisons of a filter that are negated at most, one at a time: each is a run of its own for the symbols that didn't match. */
export const MAX_NEGATED = 24;

/** Symbols that are looked at between two looks at the clock: changing over to another filter takes QuickJS as long as some symbols. */
const BATCH_SYMBOLS: Readonly<Record<EngineName, number>> = { compiled: 50, quickjs: 10 };

/** Which symbols of a close came nearest to matching is asked. */
export interface MissesRequest extends AskedIntervals {
  readonly code: string;
  /** The last millisecond of a candle of the interval. */
  readonly closeTime: UnixMs;
  /** Whether it is an earlier close than the newest: tickers have to be computed. */
  readonly isPast: boolean;
  /** All unless given. */
  readonly symbols?: readonly Symbol[] | undefined;
  /** So many misses at most, the narrowest. */
  readonly limit: number;
}

/** A symbol that one comparison alone kept from matching: had it come out the other way, the symbol would have matched. */
export interface Miss {
  readonly symbol: Symbol;
  readonly condition: SeenCondition;
}

/** What came of looking for misses. */
export interface MissesResult extends MissesCounts {
  readonly interval: Interval;
  readonly closeTime: UnixMs;
  /** Narrowest first. */
  readonly misses: readonly Miss[];
  readonly milliseconds: number;
  readonly engine: EngineName;
  readonly why: string;
  readonly notes: readonly string[];
}

/** How many symbols there were of each kind. */
interface MissesCounts {
  /** Symbols for which the filter was run, whatever came of it. */
  readonly checked: number;
  readonly matches: number;
  /** Symbols that one comparison alone kept from matching, also those that aren't listed. */
  readonly missed: number;
  readonly skipped: number;
  readonly errors: number;
  /** Symbols that there was no time for. */
  readonly unchecked: number;
}

/** A part of the looking, and where the next one begins; undefined after the last. */
export interface MissesSlice extends MissesResult {
  readonly next: { readonly symbol: number; readonly stopped: number } | undefined;
}

const NONE: MissesCounts = { checked: 0, matches: 0, missed: 0, skipped: 0, errors: 0, unchecked: 0 };

const TOO_MANY = "the filter has too many conditions to watch, so nothing can be said of misses";

/** Looks for misses among a part of the symbols. {@link MissesRun} says which part, and joins them. Throws as a screen does. */
export function missesSlice(
  screening: Screening,
  watcher: FilterWatcher,
  request: MissesRequest,
  { from, spentMs, sliceMs }: Slice,
): MissesSlice {
  const { runner, view, stopwatch } = screening.parts;
  const started = stopwatch();
  const filter = runner.prepare(request.code);
  const filters = new NegatedFilters(runner, watcher, request.code);
  try {
    const symbols = request.symbols ?? view.symbols();
    const { interval, windows } = windowsOf(filter, request, view.capacity, marketsOf(symbols));
    const { closeTime } = request;
    checkClose(interval, closeTime);
    const computedFrom = filter.readsTicker && request.isPast ? tickerIntervals(interval, view) : undefined;
    const deadline = started + SCREEN_MS - spentMs;
    const look = new BatchLook(filter, filters, from.stopped, (one, among, stopped) =>
      screening.close(one, { windows, facts: false }, among, closeTime, {
        deadline,
        pauseAt: Number.POSITIVE_INFINITY,
        symbol: 0,
        stopped,
        tickerAt:
          computedFrom === undefined ? undefined : (symbol) => pastTicker(view, computedFrom, symbol, closeTime),
      }),
    );
    const { counts, misses, next } = lookThrough(look, symbols, from.symbol, {
      batch: BATCH_SYMBOLS[filter.engine],
      limit: request.limit,
      isLate: () => stopwatch() > deadline,
      isToPause: () => stopwatch() > started + sliceMs,
    });
    return {
      ...{ interval, closeTime, ...counts, misses, engine: filter.engine, why: filter.why },
      milliseconds: rounded(stopwatch() - started),
      notes: [
        ...(view.capacity === undefined ? [] : shortWindows(filter.study.longest, view.capacity)),
        ...(computedFrom === undefined
          ? []
          : [`tickers of a past close aren't known: they are computed from ${computedFrom.join(" and ")} klines`]),
        ...filters.notes(),
      ],
      next,
    };
  } finally {
    filters.close();
    filter.close();
  }
}

/** Narrowest first, and by symbol where two are as narrow. */
export function narrowest(misses: readonly Miss[], limit: number): readonly Miss[] {
  const share = ({ condition }: Miss): number => condition.share ?? Number.POSITIVE_INFINITY;
  return misses.toSorted((a, b) => share(a) - share(b) || (a.symbol < b.symbol ? -1 : 1)).slice(0, limit);
}

/** How a part of the symbols is looked through. */
interface LookBounds {
  readonly batch: number;
  readonly limit: number;
  readonly isLate: () => boolean;
  readonly isToPause: () => boolean;
}

function lookThrough(
  look: BatchLook,
  symbols: readonly Symbol[],
  first: number,
  { batch, limit, isLate, isToPause }: LookBounds,
): { readonly counts: MissesCounts; readonly misses: readonly Miss[]; readonly next: MissesSlice["next"] } {
  let counts = NONE;
  let misses: readonly Miss[] = [];
  for (let at = first; at < symbols.length; at += batch) {
    const { stopped } = look;
    if (at > first && isToPause() && !isLate()) return { counts, misses, next: { symbol: at, stopped } };
    const found = look.at(symbols.slice(at, at + batch));
    // What a batch found whose time was over is a part of it only.
    if (isLate() || look.stopped >= MAX_STOPPED_SYMBOLS) {
      return { counts: { ...counts, unchecked: symbols.length - at }, misses, next: undefined };
    }
    counts = added(counts, found.counts);
    misses = narrowest([...misses, ...found.misses], limit);
  }
  return { counts, misses, next: undefined };
}

/** The sums of two counts. */
export function added(some: MissesCounts, more: MissesCounts): MissesCounts {
  return {
    checked: some.checked + more.checked,
    matches: some.matches + more.matches,
    missed: some.missed + more.missed,
    skipped: some.skipped + more.skipped,
    errors: some.errors + more.errors,
    unchecked: some.unchecked + more.unchecked,
  };
}

type RunClose = (filter: PreparedFilter, symbols: readonly Symbol[], stopped: number) => ClosePart;

/** Looks at some symbols at a time: each filter runs for all of them before the next one does. */
class BatchLook {
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

/** A filter watched, and with one comparison negated at a time: each is made when it is first needed. */
class NegatedFilters {
  readonly watched: WatchedFilter | undefined;
  readonly #runner: FilterRunner;
  readonly #made: Map<number, PreparedFilter | undefined> = new Map();
  #leftOut = false;

  constructor(runner: FilterRunner, watcher: FilterWatcher, code: string) {
    this.#runner = runner;
    this.watched = watcher.watch(code);
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
    this.watched?.close();
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
