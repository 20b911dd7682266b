import { type MissesRequest, type MissesResult, type MissesSlice, narrowest } from "./misses.ts";
import { added } from "./misses-counts.ts";
import { rounded } from "./screen.ts";
import { type Slice, WHOLE } from "./slice.ts";

/** A search for misses that is done in slices: what is next, and what all of them found. */
export class MissesRun {
  readonly #limit: number;
  #next: Slice = WHOLE;
  #found: MissesResult | undefined;

  constructor({ limit }: Pick<MissesRequest, "limit">) {
    this.#limit = limit;
  }

  /** The slice to be done next. */
  next(sliceMs: number): Slice {
    return { ...this.#next, sliceMs };
  }

  /** Takes what a slice found. Gives back the result after the last one. */
  add({ next, ...found }: MissesSlice): MissesResult | undefined {
    const before = this.#found;
    const result = before === undefined ? found : joined(before, found, this.#limit);
    if (next === undefined) return result;
    this.#found = result;
    this.#next = { ...WHOLE, from: { back: 0, ...next }, spentMs: result.milliseconds };
    return undefined;
  }
}

function joined(before: MissesResult, found: MissesResult, limit: number): MissesResult {
  return {
    ...found,
    ...added(before, found),
    misses: narrowest([...before.misses, ...found.misses], limit),
    milliseconds: rounded(before.milliseconds + found.milliseconds),
    notes: [...new Set([...before.notes, ...found.notes])],
  };
}
