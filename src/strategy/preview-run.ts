import type { StopSignal } from "../core/mod.ts";
import {
  MAX_PREVIEW_ERRORS,
  type PreviewClose,
  type PreviewRequest,
  type PreviewResult,
  type PreviewSlice,
  previewSlice,
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
  readonly #closes: PreviewClose[] = [];
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
    const { interval, exact, engine, why, next, isOver } = slice;
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
    const finished = whole.length === this.#request.closes && !isOver;
    const closes = whole.toReversed();
    return { interval, closes, finished, exact, errors: this.#errors, milliseconds: spentMs, engine, why };
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

function joined(before: PreviewClose, more: PreviewClose): PreviewClose {
  return {
    closeTime: before.closeTime,
    matches: [...before.matches, ...more.matches],
    checked: before.checked + more.checked,
    skipped: before.skipped + more.skipped,
    errors: before.errors + more.errors,
  };
}
