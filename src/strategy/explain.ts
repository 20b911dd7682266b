import { type Interval, marketOf, type Symbol, type UnixMs } from "../core/mod.ts";
import { type AskedIntervals, windowsOf } from "./asked.ts";
import { Calculator } from "./calculator.ts";
import { CloseInputs } from "./close-inputs.ts";
import type { CodePlace, EngineName, Facts, PreparedFilter } from "./filter.ts";
import { FilterInput } from "./filter-input.ts";
import type { ClosedKlines } from "./kline-window.ts";
import { missingMs, pastTicker, tickerIntervals } from "./past-ticker.ts";
import { type CloseScan, checkClose, SCREEN_MS, type Screening } from "./screen.ts";
import type { FilterWatcher, SeenCondition } from "./watched-filter.ts";
import { shortWindows } from "./windows.ts";

/** Which filter is to be explained, and for which symbol at which close. */
export interface ExplainRequest extends AskedIntervals {
  readonly code: string;
  readonly symbol: Symbol;
  /** The last millisecond of a candle of the interval. */
  readonly closeTime: UnixMs;
  /** Whether it is an earlier close than the newest: its ticker has to be computed. */
  readonly isPast: boolean;
}

/** What the filter saw of an interval. */
export interface SeenWindow {
  readonly interval: Interval;
  readonly klines: number;
  /** Open time of the first and close time of the last kline; null where there is none. */
  readonly from: UnixMs | null;
  readonly to: UnixMs | null;
  /** Whether nothing in it may still change. */
  readonly settled: boolean;
}

/** Why the symbol couldn't be judged, as a live run says it. */
export interface MissingPart {
  readonly reason: string;
  readonly interval?: Interval;
  /** So many closed klines of the interval are needed. */
  readonly wanted?: number;
}

/** Why a filter matched or not. */
export interface Explanation {
  readonly symbol: Symbol;
  readonly interval: Interval;
  readonly closeTime: UnixMs;
  /** Null where the symbol was skipped or the filter failed. */
  readonly match: boolean | null;
  readonly facts: Facts | null;
  readonly conditions: readonly SeenCondition[];
  readonly windows: readonly SeenWindow[];
  /** Not empty where the symbol was skipped. */
  readonly missing: readonly MissingPart[];
  /** How the filter failed, where it did. */
  readonly error: ({ readonly message: string } & Partial<CodePlace>) | null;
  /** The engine whose verdict it is, and why that one. */
  readonly engine: EngineName;
  readonly why: string;
  /** In sentences: what isn't exact, and why conditions are left out. */
  readonly notes: readonly string[];
}

/** What came of a run. */
interface Verdict extends Pick<Explanation, "match" | "facts" | "error" | "engine"> {
  readonly skipped: MissingPart | undefined;
  readonly isStopped: boolean;
  /** What it saw; undefined if it didn't run. */
  readonly input: FilterInput | undefined;
}

const TOO_MANY = "the filter has too many conditions to watch, so they are left out";
const CHANGED = "watching the conditions changed what the filter does, so they are left out";
const TOOK_LONGER = "while it is watched the filter takes too long, so its conditions are left out";
const STOPPED = "the filter was stopped, so its conditions are left out";

/**
 * Explains a filter's verdict. The filter runs as in a screen, and this run's verdict counts. Then it runs with its conditions watched; if
 * that run came to anything else, they are left out. Throws as a screen does.
 */
export function explain(screening: Screening, watcher: FilterWatcher, request: ExplainRequest): Explanation {
  const { runner, view } = screening.parts;
  const { symbol, closeTime } = request;
  const filter = runner.prepare(request.code);
  try {
    const { capacity } = view;
    const { interval, windows } = windowsOf(filter, request, capacity, [marketOf(symbol)]);
    checkClose(interval, closeTime);
    const computedFrom = filter.readsTicker && request.isPast ? tickerIntervals(interval, view) : undefined;
    const tickerAt: CloseScan["tickerAt"] =
      computedFrom === undefined ? undefined : (one) => pastTicker(view, computedFrom, one, closeTime);
    const run = (one: PreparedFilter): Verdict => verdictOf(screening, one, windows, { symbol, closeTime }, tickerAt);
    const { skipped, isStopped, input, ...verdict } = run(filter);
    const watched = watchedRun(watcher, request.code, run, { ...verdict, skipped, isStopped, input });
    const tickerNotes = computedFrom === undefined || input === undefined ? [] : [tickerNote(computedFrom)];
    return {
      ...{ symbol, interval, closeTime, ...verdict, why: filter.why },
      conditions: watched.conditions,
      windows: [...windows].map(([one, klines]) =>
        seenWindow(one, input?.windows.get(one) ?? view.closed(symbol, one, closeTime, klines)),
      ),
      missing: skipped === undefined ? [] : missingParts(screening, windows, request, skipped),
      notes: [
        ...(capacity === undefined ? [] : shortWindows(filter.study.longest, capacity)),
        ...(input?.isShortened === true ? ["fewer klines are kept than a run at the close saw"] : []),
        ...tickerNotes,
        ...watched.notes,
      ],
    };
  } finally {
    filter.close();
  }
}

/** Runs a filter for one symbol exactly as a screen does. */
function verdictOf(
  screening: Screening,
  filter: PreparedFilter,
  windows: ReadonlyMap<Interval, number>,
  { symbol, closeTime }: Pick<ExplainRequest, "symbol" | "closeTime">,
  tickerAt: CloseScan["tickerAt"],
): Verdict {
  let input: FilterInput | undefined;
  let isStopped = false;
  const seen: PreparedFilter = {
    ...filter,
    run: (given) => {
      input = given;
      const ran = filter.run(given);
      isStopped = ran.outcome.kind === "stopped";
      return ran;
    },
  };
  const deadline = screening.parts.stopwatch() + SCREEN_MS;
  const scan: CloseScan = { deadline, pauseAt: Number.POSITIVE_INFINITY, symbol: 0, stopped: 0, tickerAt };
  const { matches, skipped, errors, handedOver } = screening.close(seen, { windows }, [symbol], closeTime, scan);
  const [match, skip, failure] = [matches[0], skipped[0], errors[0]];
  const isJudged = skip === undefined && failure === undefined;
  return {
    match: isJudged ? match !== undefined : null,
    facts: match?.facts ?? null,
    error: failure === undefined ? null : withoutSymbol(failure),
    engine: handedOver > 0 ? "quickjs" : filter.engine,
    skipped: skip === undefined ? undefined : partOf(skip),
    isStopped,
    input,
  };
}

/** The conditions as a watched run saw them, and why there are none where they are left out. */
function watchedRun(
  watcher: FilterWatcher,
  code: string,
  run: (filter: PreparedFilter) => Verdict,
  plain: Verdict,
): Pick<Explanation, "conditions" | "notes"> {
  if (plain.isStopped) return { conditions: [], notes: [STOPPED] };
  const watched = watcher.watch(code);
  if (watched === undefined) return { conditions: [], notes: [TOO_MANY] };
  try {
    // A symbol that was skipped at once is skipped again: then no condition was evaluated.
    const ran = run(watched);
    if (ran.isStopped) return { conditions: [], notes: [TOOK_LONGER] };
    if (!isSame(ran, plain)) return { conditions: [], notes: [CHANGED] };
    return { conditions: watched.conditions(), notes: [] };
  } finally {
    watched.close();
  }
}

/** Whether two runs came to the same. The engine may differ: watched code is longer, and may be too long to compile. */
function isSame(one: Verdict, other: Verdict): boolean {
  const told = ({ match, facts, error, skipped }: Verdict): string => JSON.stringify([match, facts, error, skipped]);
  return told(one) === told(other);
}

/** Of each interval what is missing, and last what the run itself said, if that is something else. */
function missingParts(
  { parts }: Screening,
  windows: ReadonlyMap<Interval, number>,
  { symbol, closeTime }: ExplainRequest,
  skipped: MissingPart,
): readonly MissingPart[] {
  const calculator = new Calculator();
  const found = [...windows].flatMap(([interval, klines]): MissingPart[] => {
    const seen = new CloseInputs(parts.view, calculator).at(new Map([[interval, klines]]), closeTime)(symbol);
    return seen instanceof FilterInput ? [] : [{ ...partOf(seen), interval }];
  });
  return found.some(({ reason }) => reason === skipped.reason) ? found : [...found, skipped];
}

function partOf({
  reason,
  interval,
  wanted,
}: {
  readonly reason: string;
  readonly interval?: Interval | undefined;
  readonly wanted?: number | undefined;
}): MissingPart {
  return {
    reason,
    ...(interval === undefined ? {} : { interval }),
    ...(wanted === undefined ? {} : { wanted }),
  };
}

function seenWindow(interval: Interval, klines: ClosedKlines | undefined): SeenWindow {
  const length = klines?.length ?? 0;
  if (klines === undefined || length === 0) return { interval, klines: 0, from: null, to: null, settled: false };
  const [from, to] = [klines.openTime[0] as UnixMs, klines.closeTime[length - 1] as UnixMs];
  return { interval, klines: length, from, to, settled: klines.settled };
}

function tickerNote(computedFrom: readonly Interval[]): string {
  const minutes = Math.ceil(missingMs(computedFrom) / 60_000);
  const lacks = minutes === 0 ? "" : `, without up to ${minutes} minutes at the beginning of the 24 hours`;
  return `the ticker of a past close isn't known: it is computed from ${computedFrom.join(" and ")} klines${lacks}`;
}

function withoutSymbol({ message, line, column }: { readonly message: string } & Partial<CodePlace>): {
  readonly message: string;
} & Partial<CodePlace> {
  return { message, ...(line === undefined ? {} : { line }), ...(column === undefined ? {} : { column }) };
}
