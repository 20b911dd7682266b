import { type Interval, marketsOf, type Symbol, type UnixMs } from "../core/mod.ts";
import { type AskedIntervals, windowsOf } from "./asked.ts";
import type { EngineName } from "./filter.ts";
import { BatchLook } from "./misses-batch.ts";
import { added, type MissesCounts, NONE } from "./misses-counts.ts";
import { NegatedFilters } from "./negated-filters.ts";
import { pastTicker, tickerIntervals } from "./past-ticker.ts";
import { checkClose, MAX_STOPPED_SYMBOLS, rounded, SCREEN_MS, type Screening } from "./screen.ts";
import type { Slice } from "./slice.ts";
import type { FilterWatcher, SeenCondition } from "./watched-filter.ts";
import { shortWindows } from "./windows.ts";

/** Symbols that are looked at between two looks at the clock: changing over to another filter takes QuickJS as long as some symbols. */
const BATCH_SYMBOLS: Readonly<Record<EngineName, number>> = { compiled: 50, quickjs: 10 };

const STOPPED = `the filter was stopped for ${MAX_STOPPED_SYMBOLS} symbols, so the others weren't looked at`;

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

/** A part of the looking, and where the next one begins; undefined after the last. */
export interface MissesSlice extends MissesResult {
  readonly next: { readonly symbol: number; readonly stopped: number } | undefined;
}

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
        ...(look.stopped < MAX_STOPPED_SYMBOLS ? [] : [STOPPED]),
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
