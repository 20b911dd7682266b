/** How many symbols there were of each kind. */
export interface MissesCounts {
  /** Symbols for which the filter was run, whatever came of it. */
  readonly checked: number;
  readonly matches: number;
  /** Symbols that one comparison alone kept from matching, also those that aren't listed. */
  readonly missed: number;
  readonly skipped: number;
  readonly errors: number;
  /** Symbols that there was no time for. */
  readonly unchecked: number;
}

/** Of no symbols. */
export const NONE: MissesCounts = { checked: 0, matches: 0, missed: 0, skipped: 0, errors: 0, unchecked: 0 };

/** The sums of two counts. */
export function added(some: MissesCounts, more: MissesCounts): MissesCounts {
  return {
    checked: some.checked + more.checked,
    matches: some.matches + more.matches,
    missed: some.missed + more.missed,
    skipped: some.skipped + more.skipped,
    errors: some.errors + more.errors,
    unchecked: some.unchecked + more.unchecked,
  };
}
