import type { CodePlace, PreparedFilter } from "./filter.ts";

/** A value that a condition hangs on: as JSON has it, or null with what it `is` in words, NaN for example. */
export interface SeenValue {
  /** Its text in the code. */
  readonly text: string;
  readonly value: string | number | boolean | null;
  readonly is?: string;
}

/** What a condition came to in a run: at its last evaluation, where it had several. */
export interface SeenCondition extends CodePlace {
  /** Its text in the code. */
  readonly text: string;
  /** Null where the filter didn't get to it. */
  readonly verdict: boolean | null;
  readonly values: readonly SeenValue[];
  /** How often it was evaluated. */
  readonly times: number;
  /** Of a comparison of two numbers: the left one minus the right one. */
  readonly distance?: number;
  /** The distance's size as a share of the side that is farther from 0: 0.04 is 4 %. 0 where both sides are 0. */
  readonly share?: number;
}

/** A filter that tells what its conditions come to. */
export interface WatchedFilter extends PreparedFilter {
  /** In the order of the code, of the last run. */
  conditions(): readonly SeenCondition[];
  /** The filter's code with one of its conditions negated; `at` counts them as `conditions` does. */
  negated(at: number): string;
}

/** Watches filters. The port that explaining needs besides FilterRunner; src/sandbox fulfils it. */
export interface FilterWatcher {
  /** The same filter, watched; undefined where it has too many conditions. Throws FilterCodeFault as `prepare` does. */
  watch(code: string): WatchedFilter | undefined;
}
