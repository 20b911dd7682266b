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
import { checkClose, type Match, type Screening, type ScreenRequest, triggerOf } from "./screen.ts";

/** The most closes that a preview looks back over. */
export const MAX_PREVIEW_CLOSES = 500;

/** A preview that takes longer stops; the closes that it didn't get to are the oldest ones. */
export const PREVIEW_MS = 10_000;

/** The most failures that a preview tells one by one. */
export const MAX_PREVIEW_ERRORS = 20;

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

/** Runs a filter at each of the last closes, in the very way in which a screen does. Throws as a screen does. */
export function preview(screening: Screening, request: PreviewRequest, signal?: StopSignal): PreviewResult {
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
    const deadline = started + PREVIEW_MS;
    const closes: PreviewClose[] = [];
    const errors: { closeTime: UnixMs; symbol: Symbol; message: string }[] = [];
    for (let back = 0; back < request.closes && stopwatch() <= deadline; back += 1) {
      const closeTime = (addCandles(interval, request.closeTime + 1, -back) - 1) as UnixMs;
      const tickerAt = (symbol: Symbol, windows: ReadonlyMap<Interval, ClosedKlines>): Ticker | undefined =>
        pastTicker(symbol, windows, closeTime);
      const found = screening.close(filter, request, symbols, closeTime, deadline, tickerAt, signal);
      for (const { symbol, message } of found.errors) {
        if (errors.length < MAX_PREVIEW_ERRORS) errors.push({ closeTime, symbol, message });
      }
      const { matches, checked } = found;
      closes.unshift({ closeTime, matches, checked, skipped: found.skipped.length, errors: found.errors.length });
    }
    const milliseconds = Math.round((stopwatch() - started) * 1_000) / 1_000;
    const { engine, why } = filter;
    const finished = closes.length === request.closes && stopwatch() <= deadline;
    return { interval, closes, finished, exact: !filter.readsTicker, errors, milliseconds, engine, why };
  } finally {
    filter.close();
  }
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
