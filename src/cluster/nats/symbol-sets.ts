import type { Stopwatch, SymbolInfo } from "../../core/mod.ts";

/** Nodes read their exchange's list every ten minutes, each at its own time: so long their symbols may differ, in milliseconds. */
export const MAY_DIFFER_FOR_MS = 1_200_000;

/** Whether the ingest nodes of a market follow the same symbols. If not, what one of them lacks is missing wherever that one is read. */
export class SymbolSets {
  readonly #stopwatch: Stopwatch;
  #differSince: number | undefined;

  constructor(stopwatch: Stopwatch) {
    this.#stopwatch = stopwatch;
  }

  /** Takes what {@link symbolsMark} gave each node. Returns whether they have differed for too long. */
  differ(marks: readonly string[]): boolean {
    if (new Set(marks).size <= 1) this.#differSince = undefined;
    else this.#differSince ??= this.#stopwatch();
    return this.#differSince !== undefined && this.#stopwatch() - this.#differSince >= MAY_DIFFER_FOR_MS;
  }
}

/** Stands for a set of symbols, in any order, without those that are delisted. */
export function symbolsMark(symbols: readonly SymbolInfo[]): string {
  const names = symbols.filter(({ status }) => status !== "DELISTED").map(({ symbol }) => symbol);
  return Bun.hash(names.toSorted().join()).toString(36);
}
