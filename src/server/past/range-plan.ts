import {
  addCandles,
  candlesBetween,
  earliestOpenTime,
  type Interval,
  type OpenTimeRange,
  openTimeOf,
  previousOpenTime,
  type Symbol,
  type UnixMs,
} from "../../core/mod.ts";
import { MAX_PAGE_KLINES, MAX_PAST_MINUTES, MAX_STREAM_KLINES } from "./bounds.ts";
import { firstIn } from "./pieces.ts";

/** What is known of a range before anything of it is read. */
export interface RangeFacts {
  readonly symbol: Symbol;
  readonly interval: Interval;
  readonly limit: number;
  readonly startTime: number | undefined;
  readonly endTime: number | undefined;
  readonly closedOnly: boolean;
  /** From here on memory answers; undefined where it knows nothing. */
  readonly memoryFrom: UnixMs | undefined;
  readonly memoryCount: number;
  /** From the first to the last minute that the past has of the symbol. */
  readonly span: OpenTimeRange | undefined;
  /** Whether the exchange may be asked for what the past doesn't have. */
  readonly hasExchange: boolean;
  /** The month from which on the exchange has the symbol, where it may be asked and said so. */
  readonly listedSince: UnixMs | undefined;
  /** The candle that is open now. */
  readonly present: UnixMs;
}

/** The part of a range that is older than memory, and whether the bounds of one answer cut it off. */
export interface OlderPart {
  /** Undefined where there is nothing to read. */
  readonly range: OpenTimeRange | undefined;
  /** The oldest candle of what was asked; older ones than the data reaches back to aren't read. */
  readonly askedFrom: UnixMs;
  /** With `startTime` the answer ends with the range, and memory's part isn't in it. Without, older candles than the range were asked for. */
  readonly isCut: boolean;
}

/** The older part of what was asked: from `startTime` on, or as many candles as memory lacks, by the calendar. */
export function olderPart(facts: RangeFacts): OlderPart {
  const { interval, startTime, endTime, memoryFrom } = facts;
  const newest = memoryFrom === undefined ? newestWithoutMemory(facts) : previousOpenTime(interval, memoryFrom);
  const to = Math.min(newest, endTime === undefined ? newest : openTimeOf(interval, endTime)) as UnixMs;
  const askedFrom = Math.max(
    earliestOpenTime(interval),
    startTime === undefined ? countedBack(facts, to) : firstIn(interval, startTime),
  ) as UnixMs;
  return bounded(facts, { from: askedFrom, to });
}

/** The range within what one answer may read, and within what there is data of. */
export function bounded(facts: RangeFacts, asked: OpenTimeRange): OlderPart {
  const { interval, startTime, span, hasExchange } = facts;
  const oldest = beginningOf(facts) ?? (hasExchange ? asked.from : asked.to + 1);
  // Where memory goes on, the past may have grown since its list was read.
  const isOpenEnded = hasExchange || span === undefined || facts.memoryFrom !== undefined;
  const newest = isOpenEnded ? asked.to : Math.min(asked.to, openTimeOf(interval, span.to));
  const from = Math.max(asked.from, oldest) as UnixMs;
  if (from > newest) return { range: undefined, askedFrom: asked.from, isCut: false };
  const to = newest as UnixMs;
  const most = mostCandles(interval);
  if (candlesBetween(interval, from, to) < most) return { range: { from, to }, askedFrom: asked.from, isCut: false };
  const range =
    startTime === undefined
      ? { from: addCandles(interval, to, 1 - most), to }
      : { from, to: addCandles(interval, from, most - 1) };
  return { range, askedFrom: asked.from, isCut: true };
}

/** The first candle that there can be: none is older in the past, nor on the exchange where that may be asked. Undefined where nobody knows. */
export function beginningOf({ interval, span, hasExchange, listedSince }: RangeFacts): UnixMs | undefined {
  if (!hasExchange) return span && openTimeOf(interval, span.from);
  return listedSince === undefined ? undefined : openTimeOf(interval, Math.min(listedSince, span?.from ?? listedSince));
}

/** The minutes that a candle has at most. */
export function minutesIn(interval: Interval): number {
  if (interval === "1s") return 0;
  // January, which has 31 days, as the longest months have.
  const from = openTimeOf(interval, Date.UTC(2026, 0, 1));
  return candlesBetween("1m", from, addCandles(interval, from, 1));
}

/** A symbol that isn't followed any more ends where the past does. */
function newestWithoutMemory({ interval, present, span, hasExchange }: RangeFacts): UnixMs {
  return hasExchange || span === undefined ? present : (Math.min(present, openTimeOf(interval, span.to)) as UnixMs);
}

function countedBack({ interval, limit, memoryCount }: RangeFacts, to: UnixMs): UnixMs {
  const all = Math.max(1, candlesBetween(interval, earliestOpenTime(interval), to) + 1);
  return addCandles(interval, to, 1 - Math.min(all, Math.max(1, limit - memoryCount)));
}

function mostCandles(interval: Interval): number {
  if (interval === "1s") return MAX_PAGE_KLINES;
  return interval === "1m" ? MAX_STREAM_KLINES : Math.max(1, Math.floor(MAX_PAST_MINUTES / minutesIn(interval)));
}
