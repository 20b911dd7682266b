import {
  INTERVALS,
  type Interval,
  InvalidInput,
  MARKET_NAMES,
  type MarketId,
  marketsWith,
  unknownColumnsOf,
} from "../core/mod.ts";
import type { PreparedFilter } from "./filter.ts";
import { FilterCodeFault } from "./mistakes.ts";
import type { CodeFault, ColumnRead, FilterStudy } from "./study.ts";
import { WINDOW_KLINES, windowFor } from "./windows.ts";

/** The intervals that a request names, where it does. */
export interface AskedIntervals {
  /** The intervals that the filter reads; those that its code names unless given. */
  readonly timeframes?: readonly Interval[] | undefined;
  /** The interval whose close it is; the shortest of the timeframes unless given. */
  readonly interval?: Interval | undefined;
}

/** What a filter sees at a close. */
export interface SeenWindows {
  /** The interval whose close it is. */
  readonly interval: Interval;
  /** How many klines of each interval the filter sees. */
  readonly windows: ReadonlyMap<Interval, number>;
}

/**
 * What a filter is to see. Throws {@link FilterCodeFault} when its code is certain to be a mistake, reads an interval that the
 * request leaves out, or needs a column that one of the markets doesn't send, and {@link InvalidInput} when no interval is named at all.
 */
export function windowsOf(
  { study }: PreparedFilter,
  asked: AskedIntervals,
  capacity: number | undefined,
  markets: readonly MarketId[],
): SeenWindows {
  refuseFaults(study, asked.timeframes, markets);
  const timeframes = timeframesOf(study, asked);
  const windows = timeframes.map((interval): [Interval, number] => {
    const wanted = study.longest.get(interval)?.klinesWanted ?? 0;
    return [interval, windowFor(Math.max(wanted, WINDOW_KLINES), capacity)];
  });
  return { interval: triggerOf({ timeframes, interval: asked.interval }), windows: new Map(windows) };
}

/** The intervals that a filter reads: those that were declared, or else those that its code names. */
export function timeframesOf({ reads, mayReadOthers }: FilterStudy, asked: AskedIntervals): readonly Interval[] {
  if (asked.timeframes !== undefined && asked.timeframes.length > 0) return asked.timeframes;
  if (mayReadOthers) {
    throw new InvalidInput(
      "timeframes is missing, and the filter puts the name of an interval together: expected the intervals that it reads, for example 1m and 1h",
    );
  }
  if (reads.length > 0) return reads.map(({ interval }) => interval);
  return asked.interval === undefined ? [] : [asked.interval];
}

/** The interval whose closes a request is about. Throws {@link InvalidInput} without any. */
export function triggerOf({ timeframes = [], interval }: AskedIntervals): Interval {
  const trigger = interval ?? INTERVALS.find((one) => timeframes.includes(one));
  if (trigger === undefined || timeframes.length === 0) {
    throw new InvalidInput("timeframes is empty: expected the intervals that the filter reads, for example 1m and 1h");
  }
  return trigger;
}

/**
 * Throws {@link FilterCodeFault} for the first mistake in a filter's code. `timeframes`: the intervals that were declared, if any.
 * `markets`: those of the symbols that it is to run over.
 */
export function refuseFaults(
  study: FilterStudy,
  timeframes: readonly Interval[] | undefined,
  markets: readonly MarketId[],
): void {
  const [fault] = faultsOf(study, timeframes, markets);
  if (fault !== undefined) throw new FilterCodeFault(fault.what, fault.place);
}

/** The mistakes in a filter's code, the columns that one of the markets doesn't send, and the intervals that it needs without their being declared. */
export function faultsOf(
  { faults, reads, columns }: FilterStudy,
  timeframes: readonly Interval[] | undefined,
  markets: readonly MarketId[],
): FilterStudy["faults"] {
  const unknown = columns.flatMap((read) => unknownFault(read, markets) ?? []);
  if (timeframes === undefined || timeframes.length === 0) return [...faults, ...unknown];
  const undeclared = reads.filter(({ interval, isNeeded }) => isNeeded && !timeframes.includes(interval));
  const declared = `the timeframes that were declared are ${timeframes.join(", ")}`;
  return [
    ...faults,
    ...unknown,
    ...undeclared.map(({ interval, place }) => ({
      what: `"${interval}" is not among the filter's timeframes: ${declared}; add ${interval}, or declare none`,
      place,
    })),
  ];
}

/** What is wrong with a column that a market doesn't send; undefined where all of them do. */
function unknownFault({ column, place }: ColumnRead, markets: readonly MarketId[]): CodeFault | undefined {
  const without = markets.filter((market) => unknownColumnsOf(market).has(column));
  if (without.length === 0) return undefined;
  const having = marketsWith(column);
  const have = having.length === 1 ? "has" : "have";
  return { what: `${column} isn't sent by ${namesOf(without)}; ${namesOf(having)} ${have} it`, place };
}

function namesOf(markets: readonly MarketId[]): string {
  const names = markets.map((market) => MARKET_NAMES[market]);
  const last = names.at(-1) ?? "";
  return names.length < 2 ? last : `${names.slice(0, -1).join(", ")} and ${last}`;
}
