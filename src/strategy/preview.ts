import {
  addCandles,
  type Interval,
  InvalidInput,
  marketsOf,
  type StopSignal,
  type Symbol,
  type UnixMs,
} from "../core/mod.ts";
import { windowsOf } from "./asked.ts";
import type { EngineName, PreparedFilter } from "./filter.ts";
import { missingMs, pastTicker, tickerIntervals } from "./past-ticker.ts";
import {
  bytesOf,
  type CloseScan,
  checkClose,
  type Match,
  rounded,
  type Screening,
  type ScreenRequest,
} from "./screen.ts";
import type { Place, Slice } from "./slice.ts";
import { shortWindows } from "./windows.ts";

/** The most closes that a preview looks back over. */
export const MAX_PREVIEW_CLOSES = 500;

/** A preview that takes longer stops; the closes that it didn't get to are the oldest ones. */
export const PREVIEW_MS = 10_000;

/** The most failures that a preview tells one by one. */
export const MAX_PREVIEW_ERRORS = 20;

/** A slice that found this much ends with its close, so that its result is handed over in a few milliseconds. */
const MAX_PREVIEW_SLICE_BYTES = 256 * 1024;

/** What is to be previewed: a screen at each of the last `closes` closes, of which `closeTime` is the newest. */
export interface PreviewRequest extends ScreenRequest {
  readonly closes: number;
  /** Candles after a signal for which the same symbol gives no other one, as with a trader; 0 unless given. */
  readonly cooldownCandles?: number | undefined;
}

/** One past close. */
export interface PreviewClose {
  readonly closeTime: UnixMs;
  /** Those that would have been signals. */
  readonly matches: readonly Match[];
  readonly checked: number;
  readonly skipped: number;
  readonly errors: number;
  /** Matches that the cooldown keeps from being signals. */
  readonly cooling: number;
}

/** At which closes the filter would have matched. */
export interface PreviewResult {
  readonly interval: Interval;
  /** Oldest first. */
  readonly closes: readonly PreviewClose[];
  /** Whether all closes that were asked for are there; if not, `notes` say why the oldest ones aren't. */
  readonly finished: boolean;
  /** Whether each close shows what a live run saw; if not, `notes` say why. */
  readonly exact: boolean;
  /** In sentences: why closes are missing, why some aren't exact, and indicators for which too few klines are kept. */
  readonly notes: readonly string[];
  /** The first of the failures. */
  readonly errors: readonly { readonly closeTime: UnixMs; readonly symbol: Symbol; readonly message: string }[];
  readonly milliseconds: number;
  readonly engine: EngineName;
  readonly why: string;
}

/** A close as a part of a preview found it: before any cooldown. */
export interface ScannedClose extends Omit<PreviewClose, "cooling"> {
  /** Symbols that can't be asked any more, and those of which fewer klines are there than a live run saw. */
  readonly cut: number;
  readonly shortened: number;
  /** Symbols whose ticker of that close can't be computed. */
  readonly tickersLacking: number;
}

/** A part of a preview. */
export interface PreviewSlice extends Omit<PreviewResult, "closes" | "finished"> {
  /** Newest first. The first of them goes on with the last one of the part before, if that was cut in the middle of a close. */
  readonly closes: readonly ScannedClose[];
  /** Where the next part begins; undefined after the last. */
  readonly next: Place | undefined;
  /** Whether the time for all closes was over. */
  readonly isOver: boolean;
  /** About how many bytes its matches are as JSON. */
  readonly bytes: number;
}

/** Runs a part of a preview. `PreviewRun` says which one, and joins the parts. Throws as a screen does. */
export function previewSlice(
  screening: Screening,
  request: PreviewRequest,
  { from, spentMs, sliceMs }: Slice,
  signal?: StopSignal,
): PreviewSlice {
  const { stopwatch, runner, view } = screening.parts;
  const started = stopwatch();
  if (!Number.isInteger(request.closes) || request.closes < 1 || request.closes > MAX_PREVIEW_CLOSES) {
    throw new InvalidInput(`closes is ${request.closes}: expected a whole number from 1 to ${MAX_PREVIEW_CLOSES}`);
  }
  const filter = runner.prepare(request.code);
  try {
    const { capacity } = view;
    const symbols = request.symbols ?? view.symbols();
    const { interval, windows } = windowsOf(filter, request, capacity, marketsOf(symbols));
    checkClose(interval, request.closeTime);
    const computedFrom = filter.readsTicker ? tickerIntervals(interval, view) : [];
    const deadline = started + PREVIEW_MS - spentMs;
    const pauseAt = started + sliceMs;
    const closes: ScannedClose[] = [];
    const errors: { closeTime: UnixMs; symbol: Symbol; message: string }[] = [];
    let next: Place | undefined = from;
    let bytes = 0;
    while (next !== undefined && (next.symbol > 0 || stopwatch() <= deadline)) {
      const { back, symbol: first, stopped }: Place = next;
      const closeTime = (addCandles(interval, request.closeTime + 1, -back) - 1) as UnixMs;
      const tickerAt: CloseScan["tickerAt"] = (symbol) => pastTicker(view, computedFrom, symbol, closeTime);
      const scan = { deadline, pauseAt, symbol: first, stopped, tickerAt, signal };
      const found = screening.close(filter, { ...request, windows }, symbols, closeTime, scan);
      for (const { symbol, message } of found.errors) {
        if (errors.length < MAX_PREVIEW_ERRORS) errors.push({ closeTime, symbol, message });
      }
      const { matches, checked, shortened } = found;
      const cut = found.skipped.filter(({ isCut }) => isCut).length;
      const tickersLacking = found.skipped.filter(({ lacksTicker }) => lacksTicker).length;
      bytes += matches.reduce((sum, match) => sum + bytesOf(match), 0);
      const [skipped, failed] = [found.skipped.length, found.errors.length];
      closes.push({ closeTime, matches, checked, skipped, errors: failed, cut, shortened, tickersLacking });
      if (found.next !== undefined) {
        next = { back, ...found.next };
        break;
      }
      // Of a close before it even less is kept.
      const isBeyond: boolean = first === 0 && cut > 0 && cut === symbols.length;
      next = back + 1 < request.closes && !isBeyond ? { back: back + 1, symbol: 0, stopped: 0 } : undefined;
      if (next !== undefined && (bytes > MAX_PREVIEW_SLICE_BYTES || stopwatch() > pauseAt)) break;
    }
    const ended = stopwatch();
    const { engine, why } = filter;
    const notes = notesOf(filter, capacity, computedFrom);
    const rest = { exact: !filter.readsTicker, notes, errors, milliseconds: rounded(ended - started), engine, why };
    // Cut in the middle of a close, it goes on: the next part tells for each symbol left that time was over.
    const isOver = ended > deadline && (next === undefined || next.symbol === 0);
    return { interval, closes, ...rest, next: isOver ? undefined : next, isOver, bytes };
  } finally {
    filter.close();
  }
}

/** What holds for all closes. */
function notesOf(
  { readsTicker, study }: PreparedFilter,
  capacity: number | undefined,
  computedFrom: readonly Interval[],
): readonly string[] {
  const notes = capacity === undefined ? [] : shortWindows(study.longest, capacity);
  if (!readsTicker) return notes;
  const minutes = Math.ceil(missingMs(computedFrom) / 60_000);
  const lacks = minutes === 0 ? "" : `, without up to ${minutes} minutes at the beginning of the 24 hours`;
  return [...notes, `past tickers aren't known: they are computed from ${computedFrom.join(" and ")} klines${lacks}`];
}
