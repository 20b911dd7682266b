import type { Interval, OptionalColumn } from "../core/mod.ts";
import type { CodePlace } from "./filter.ts";
import type { LongestColumns } from "./windows.ts";

/** What is wrong with a filter, and where. */
export interface CodeFault {
  readonly what: string;
  readonly place: CodePlace | undefined;
  /** Behind its last character, where that is known. */
  readonly end?: CodePlace | undefined;
}

/** An interval that a filter reads, and where it first does, or first needs it. */
export interface IntervalRead {
  readonly interval: Interval;
  readonly place: CodePlace;
  /** False where the filter can do without it: it checks whether it is there. */
  readonly isNeeded: boolean;
}

/** A column that not all markets send, and where a filter first needs it. */
export interface ColumnRead {
  readonly column: OptionalColumn;
  readonly place: CodePlace;
}

/** What a filter's code shows without being run. */
export interface FilterStudy {
  /** What is certainly a mistake, in the order of the code. */
  readonly faults: readonly CodeFault[];
  /** The intervals that are written out, in the order in which they are served. */
  readonly reads: readonly IntervalRead[];
  /** Whether it may read others, whose names it puts together when it runs. */
  readonly mayReadOthers: boolean;
  /** The columns that it needs and that not all markets send, in the order of the code. */
  readonly columns: readonly ColumnRead[];
  /** For each interval the indicator that looks back furthest, of those whose arguments are written out. */
  readonly longest: LongestColumns;
  /** Whether other indicators may look back further: then each run says how far. */
  readonly mayLookFurther: boolean;
}
