import { rounded, type ScreenResult, type ScreenSlice } from "./screen.ts";
import { type Slice, WHOLE } from "./slice.ts";

/** A screen that is done in slices: what is next, and what all of them found. */
export class ScreenRun {
  #next: Slice = WHOLE;
  #found: ScreenResult | undefined;

  /** The slice to be done next. */
  next(sliceMs: number): Slice {
    return { ...this.#next, sliceMs };
  }

  /** Takes what a slice found. Gives back the result after the last one. */
  add({ next, ...found }: ScreenSlice): ScreenResult | undefined {
    const before = this.#found;
    const result = before === undefined ? found : joined(before, found);
    if (next === undefined) return result;
    this.#found = result;
    this.#next = { ...WHOLE, from: { back: 0, ...next }, spentMs: result.milliseconds };
    return undefined;
  }
}

function joined(before: ScreenResult, found: ScreenResult): ScreenResult {
  return {
    ...found,
    matches: [...before.matches, ...found.matches],
    checked: before.checked + found.checked,
    skipped: [...before.skipped, ...found.skipped],
    errors: [...before.errors, ...found.errors],
    milliseconds: rounded(before.milliseconds + found.milliseconds),
    handedOver: before.handedOver + found.handedOver,
  };
}
