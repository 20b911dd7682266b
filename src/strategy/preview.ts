import {
  addCandles,
  type Interval,
  InvalidInput,
  type Kline,
  type StopSignal,
  type Symbol,
  type Ticker,
  tickerFromKlines,
  type UnixMs,
} from "../core/mod.ts";
import type { EngineName } from "./filter.ts";
import { type ClosedKlines, klineAt } from "./kline-window.ts";
import { checkClose, type Match, rounded, type Screening, type ScreenRequest, triggerOf } from "./screen.ts";
import type { Place, Slice } from "./slice.ts";

/** The most closes that a preview looks back over. */
export const MAX_PREVIEW_CLOSES = 500;

/** A preview that takes longer stops; the closes that it didn't get to are the oldest ones. */
export const PREVIEW_MS = 10_000;

/** The most failures that a preview tells one by one. */
export const MAX_PREVIEW_ERRORS = 20;

/** A slice that found this much ends with its close, so that its result is handed over in a few milliseconds. */
const MAX_SLICE_BYTES = 256 * 1024;

/** What a match is as JSON besides its symbol and its facts. */
const MATCH_BYTES = 25;

const DAY_MS = 86_400_000;

/** What is to be previewed: a screen at each of the last `closes` closes, of which `closeTime` is the newest. */
export interface PreviewRequest extends ScreenRequest {
  readonly closes: number;
}

/** One past close. */
export interface PreviewClose {
  readonly closeTime: UnixMs;
  readonly matches: readonly Match[];
  readonly checked: number;
  readonly skipped: number;
  readonly errors: number;
}

/** At which closes the filter would have matched. */
export interface PreviewResult {
  readonly interval: Interval;
  /** Oldest first. */
  readonly closes: readonly PreviewClose[];
  /** Whether all closes that were asked for are there; if not, time ran out before the oldest ones. */
  readonly finished: boolean;
  /** Whether each close shows what a live run saw. Not so with the ticker: a past one is put together from the klines at hand. */
  readonly exact: boolean;
  /** The first of the failures. */
  readonly errors: readonly { readonly closeTime: UnixMs; readonly symbol: Symbol; readonly message: string }[];
  readonly milliseconds: number;
  readonly engine: EngineName;
  readonly why: string;
}

/** A part of a preview. */
export interface PreviewSlice extends Omit<PreviewResult, "closes" | "finished"> {
  /** Newest first. The first of them goes on with the last one of the part before, if that was cut in the middle of a close. */
  readonly closes: readonly PreviewClose[];
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
  const interval = triggerOf(request);
  if (!Number.isInteger(request.closes) || request.closes < 1 || request.closes > MAX_PREVIEW_CLOSES) {
    throw new InvalidInput(`closes is ${request.closes}: expected a whole number from 1 to ${MAX_PREVIEW_CLOSES}`);
  }
  checkClose(interval, request.closeTime);
  const filter = runner.prepare(request.code);
  try {
    const symbols = request.symbols ?? view.symbols();
    const deadline = started + PREVIEW_MS - spentMs;
    const pauseAt = started + sliceMs;
    const closes: PreviewClose[] = [];
    const errors: { closeTime: UnixMs; symbol: Symbol; message: string }[] = [];
    let next: Place | undefined = from;
    let bytes = 0;
    while (next !== undefined && (next.symbol > 0 || stopwatch() <= deadline)) {
      const { back, symbol: first, stopped }: Place = next;
      const closeTime = (addCandles(interval, request.closeTime + 1, -back) - 1) as UnixMs;
      const tickerAt = (symbol: Symbol, windows: ReadonlyMap<Interval, ClosedKlines>): Ticker | undefined =>
        pastTicker(symbol, windows, closeTime);
      const scan = { deadline, pauseAt, symbol: first, stopped, tickerAt, signal };
      const found = screening.close(filter, request, symbols, closeTime, scan);
      for (const { symbol, message } of found.errors) {
        if (errors.length < MAX_PREVIEW_ERRORS) errors.push({ closeTime, symbol, message });
      }
      const { matches, checked } = found;
      bytes += matches.reduce((sum, match) => sum + bytesOf(match), 0);
      closes.push({ closeTime, matches, checked, skipped: found.skipped.length, errors: found.errors.length });
      if (found.next !== undefined) {
        next = { back, ...found.next };
        break;
      }
      next = back + 1 < request.closes ? { back: back + 1, symbol: 0, stopped: 0 } : undefined;
      if (next !== undefined && (bytes > MAX_SLICE_BYTES || stopwatch() > pauseAt)) break;
    }
    const ended = stopwatch();
    const { engine, why } = filter;
    const rest = { exact: !filter.readsTicker, errors, milliseconds: rounded(ended - started), engine, why };
    // Cut in the middle of a close, it goes on: the next part tells for each symbol left that time was over.
    const isOver = ended > deadline && (next === undefined || next.symbol === 0);
    return { interval, closes, ...rest, next: isOver ? undefined : next, isOver, bytes };
  } finally {
    filter.close();
  }
}

/** About how many bytes a match is as JSON. */
function bytesOf({ symbol, facts }: Match): number {
  return MATCH_BYTES + symbol.length + (facts === undefined ? 0 : JSON.stringify(facts).length);
}

/**
 * The 24 hours before a close, from the klines at hand: those of the interval that reaches back furthest, and behind them
 * shorter ones up to the close.
 */
function pastTicker(
  symbol: Symbol,
  windows: ReadonlyMap<Interval, ClosedKlines>,
  closeTime: UnixMs,
): Ticker | undefined {
  const reach = (klines: ClosedKlines): number => Math.max(klines.openTime[0] ?? closeTime, closeTime + 1 - DAY_MS);
  const byReach = [...windows.values()].sort((a, b) => reach(a) - reach(b) || b.length - a.length);
  return tickerFromKlines(symbol, joined(byReach), closeTime);
}

/** The first window's klines, then of each other one those that open after all before. */
function* joined(windows: readonly ClosedKlines[]): Iterable<Kline> {
  let end = Number.NEGATIVE_INFINITY;
  for (const klines of windows) {
    for (let row = 0; row < klines.length; row += 1) {
      if ((klines.openTime[row] as number) <= end) continue;
      yield klineAt(klines, row);
      end = klines.closeTime[row] as number;
    }
  }
}
