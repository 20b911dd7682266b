import type { FilterStudy } from "../../src/strategy/mod.ts";

/** What is known of a filter that is no code: nothing. */
export const NO_FINDINGS: FilterStudy = {
  faults: [],
  reads: [],
  mayReadOthers: false,
  columns: [],
  longest: new Map(),
  mayLookFurther: false,
};
