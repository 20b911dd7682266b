import type { Client } from "../../src/client/mod.ts";
import type { Interval, Symbol } from "../../src/core/mod.ts";
import type { FilterFault } from "./code-marks.ts";

/** What is checked. */
export interface FilterToCheck {
  readonly code: string;
  /** The intervals that the draft declares: they count where the code doesn't show which it reads. */
  readonly declared: readonly Interval[];
  /** By which it is known which columns there are; undefined for those of the server's first market. */
  readonly symbols: readonly Symbol[] | undefined;
  /** The intervals that the server has; empty while they aren't known. */
  readonly served: readonly Interval[];
}

/** What a check found. */
export interface CheckedFilter {
  /** All that keeps the server from taking the filter. */
  readonly faults: readonly FilterFault[];
  /** How it would be run, and why so; empty for one that can't run. */
  readonly engine: string;
  /** In sentences: indicators for which the server keeps too few klines. */
  readonly notes: readonly string[];
  /** The intervals that the code names, where it shows them. */
  readonly timeframes: readonly Interval[] | undefined;
}

/** Has the server check a filter, with the intervals that it would be saved with. */
export async function checkFilter(
  traders: Pick<Client["traders"], "validate">,
  { code, declared, symbols, served }: FilterToCheck,
  signal: AbortSignal,
): Promise<CheckedFilter> {
  if (code.trim() === "") {
    const message = "The filter is empty: expected return followed by true or false.";
    return { faults: [{ message }], engine: "", notes: [], timeframes: undefined };
  }
  // Functions of an older version know no symbols here: they are sent only where they matter.
  const asked = symbols === undefined ? { code } : { code, symbols };
  const first = await traders.validate(asked, { signal });
  const hidesIntervals = first.valid && first.timeframes === null && declared.length > 0;
  const answer = hidesIntervals ? await traders.validate({ ...asked, timeframes: declared }, { signal }) : first;
  const timeframes = answer.timeframes ?? undefined;
  const unserved = served.length === 0 ? [] : (timeframes ?? declared).filter((one) => !served.includes(one));
  const faults = [...answer.errors, ...unserved.map((interval) => unservedFault(code, interval, served))];
  return { faults, engine: faults.length === 0 ? (answer.engine ?? "") : "", notes: answer.notes, timeframes };
}

function unservedFault(code: string, interval: Interval, served: readonly Interval[]): FilterFault {
  const message = `this server has no ${interval} candles: expected one of ${served.join(", ")}`;
  const at = code.search(new RegExp(`(["'\`])${interval}\\1`));
  if (at < 0) return { message };
  const before = code.slice(0, at).split("\n");
  return { message, line: before.length, column: (before.at(-1)?.length ?? 0) + 1 };
}
