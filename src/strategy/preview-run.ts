import { countOf, type Interval, type StopSignal, type Symbol, type UnixMs } from "../core/mod.ts";
import { coolingUntil } from "./cooldown.ts";
import {
  MAX_PREVIEW_ERRORS,
  type PreviewClose,
  type PreviewRequest,
  type PreviewResult,
  type PreviewSlice,
  previewSlice,
  type ScannedClose,
} from "./preview.ts";
import { rounded, type Screening } from "./screen.ts";
import { type Slice, WHOLE } from "./slice.ts";

/** The most that the matches of a preview may be as JSON, in bytes. Past it the preview ends, as when its time is over. */
export const MAX_PREVIEW_BYTES: number = 4 * 1024 * 1024;

/** A preview that is done in slices: what is next, and what all of them found. */
export class PreviewRun {
  readonly #request: PreviewRequest;
  #next: Slice = WHOLE;
  /** Newest first. */
  readonly #closes: ScannedClose[] = [];
  #errors: PreviewResult["errors"] = [];
  /** About how many bytes the matches so far are as JSON. */
  bytes = 0;

  constructor(request: PreviewRequest) {
    this.#request = request;
  }

  /** The slice to be done next. */
  next(sliceMs: number): Slice {
    return { ...this.#next, sliceMs };
  }

  /** Takes what a slice found. Gives back the result after the last one; `isLast` makes it the last one. */
  add(slice: PreviewSlice, isLast = false): PreviewResult | undefined {
    const { next, isOver } = slice;
    const spentMs = rounded(this.#next.spentMs + slice.milliseconds);
    const isMiddle = this.#next.from.symbol > 0;
    for (const [at, close] of slice.closes.entries()) {
      const before = at === 0 && isMiddle ? this.#closes.pop() : undefined;
      this.#closes.push(before === undefined ? close : joined(before, close));
    }
    this.#errors = [...this.#errors, ...slice.errors].slice(0, MAX_PREVIEW_ERRORS);
    this.bytes += slice.bytes;
    const isFull = isLast || this.bytes > MAX_PREVIEW_BYTES;
    if (next !== undefined && !isFull) {
      this.#next = { ...WHOLE, from: next, spentMs };
      return undefined;
    }
    // A close that was looked at in part tells nothing that could be relied on.
    const whole = next !== undefined && next.symbol > 0 ? this.#closes.slice(0, -1) : this.#closes;
    return this.#result(slice, whole, isOver || isFull, spentMs);
  }

  #result(
    { interval, exact, notes, engine, why }: PreviewSlice,
    scanned: readonly ScannedClose[],
    wasEnded: boolean,
    milliseconds: number,
  ): PreviewResult {
    const { closes: asked, cooldownCandles = 0 } = this.#request;
    const beyond = scanned.findIndex((close) => close.checked + close.errors === 0 && close.cut > 0);
    const seen = beyond < 0 ? scanned : scanned.slice(0, beyond);
    const all = [...notes];
    if (seen.length < asked) {
      const why =
        beyond < 0 && wasEnded ? "its time or room was over" : "older klines that a live run saw are not kept";
      all.push(`${seen.length} of ${asked} closes were checked, the newest: ${why}`);
    }
    const partly = seen.filter(({ cut, shortened }) => cut + shortened > 0);
    if (partly.length > 0) {
      all.push(
        `at the oldest ${partly.length} closes some symbols were skipped or seen with fewer klines than live, as older ones are not kept`,
      );
    }
    const tickerless = scanned.filter(({ tickersLacking }) => tickersLacking > 0);
    if (tickerless.length > 0) {
      all.push(
        `at ${countOf(tickerless.length, "close")}, symbols were skipped because the klines kept here don't cover the 24 hours before, so their tickers can't be computed`,
      );
    }
    return {
      interval,
      closes: cooled(interval, seen.toReversed(), cooldownCandles),
      finished: seen.length === asked,
      exact: exact && partly.length === 0,
      notes: all,
      errors: this.#errors,
      milliseconds,
      engine,
      why,
    };
  }
}

/** Runs a filter at each of the last closes, in the very way in which a screen does. Throws as a screen does. */
export function preview(screening: Screening, request: PreviewRequest, signal?: StopSignal): PreviewResult {
  const run = new PreviewRun(request);
  for (;;) {
    const result = run.add(previewSlice(screening, request, run.next(Number.POSITIVE_INFINITY), signal));
    if (result !== undefined) return result;
  }
}

/** Closes, oldest first, with those of their matches that would have been signals. Before the first of them there was none. */
function cooled(interval: Interval, closes: readonly ScannedClose[], cooldownCandles: number): PreviewClose[] {
  const quietUntil = new Map<Symbol, UnixMs>();
  return closes.map(({ cut: _, shortened: __, tickersLacking: ___, ...close }) => {
    const matches = close.matches.filter(({ symbol }) => close.closeTime > (quietUntil.get(symbol) ?? 0));
    const quiet = coolingUntil(interval, close.closeTime, cooldownCandles);
    for (const { symbol } of matches) quietUntil.set(symbol, quiet);
    return { ...close, matches, cooling: close.matches.length - matches.length };
  });
}

function joined(before: ScannedClose, more: ScannedClose): ScannedClose {
  return {
    closeTime: before.closeTime,
    matches: [...before.matches, ...more.matches],
    checked: before.checked + more.checked,
    skipped: before.skipped + more.skipped,
    errors: before.errors + more.errors,
    cut: before.cut + more.cut,
    shortened: before.shortened + more.shortened,
    tickersLacking: before.tickersLacking + more.tickersLacking,
  };
}
