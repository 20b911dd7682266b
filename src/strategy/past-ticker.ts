import {
  candlesBetween,
  type Interval,
  isOpenTime,
  nextOpenTime,
  openTimeOf,
  previousOpenTime,
  type Symbol,
  type Ticker,
  TickerSum,
  type UnixMs,
} from "../core/mod.ts";
import type { ClosedKlines } from "./kline-window.ts";
import type { MarketView } from "./market-view.ts";
import type { Skip } from "./skip.ts";
import { leastWindow } from "./windows.ts";

const DAY_MS = 86_400_000;

/** The most of the 24 hours that a past ticker may lack at its beginning, in milliseconds. */
const MAX_MISSING_MS = 3_600_000;

/**
 * The intervals whose klines past tickers are computed from, shortest first: `trigger`, whose closes are previewed, and the shortest
 * multiple of it that a server with this capacity keeps for 24 hours before each close that can be previewed, or else the longest; for a
 * trigger longer than a day, days.
 * `kept`: all intervals that are kept. A view without a capacity keeps all that it was given, so any multiple may do.
 */
export function tickerIntervals(
  trigger: Interval,
  { intervals: kept, capacity }: Pick<MarketView, "intervals" | "capacity">,
): readonly Interval[] {
  const triggerMs = lengthOf(trigger);
  // Their closes are closes of days, too.
  if (triggerMs > DAY_MS) return [kept.includes("1d") ? "1d" : trigger];
  const longer = kept.filter((one) => {
    const ms = lengthOf(one);
    return ms > triggerMs && ms <= DAY_MS && ms % triggerMs === 0;
  });
  if (capacity === undefined) return [trigger, ...longer];
  // A close further back lacks klines of its own. One more of each, as the newest may be open.
  const oldestMs = DAY_MS + (capacity - leastWindow(capacity) + 1) * triggerMs;
  const reaches = (one: Interval): boolean => (capacity - 1) * lengthOf(one) >= oldestMs;
  if (reaches(trigger)) return [trigger];
  const reaching = longer.find(reaches) ?? longer.at(-1);
  return reaching === undefined ? [trigger] : [trigger, reaching];
}

/** The most that tickers computed from these intervals lack of their 24 hours, in milliseconds. The shortest first. */
export function missingMs([trigger, ...longer]: readonly Interval[]): number {
  if (trigger === undefined) return 0;
  return Math.max(0, ...longer.map((one) => Math.min(lengthOf(one) - lengthOf(trigger), MAX_MISSING_MS)));
}

/**
 * The ticker of a symbol at a past close, computed from the klines of the first of the intervals that covers the 24 hours. Its last
 * candle may end before the close: from there on come klines of the trigger, the first interval. Its first candle may open after the
 * beginning of the 24 hours: `windowMs` says so. A skip says why no interval covers them.
 */
export function pastTicker(
  view: MarketView,
  intervals: readonly Interval[],
  symbol: Symbol,
  closeTime: UnixMs,
): Ticker | Skip {
  const [trigger] = intervals;
  const start = closeTime + 1 - DAY_MS;
  let doubt: Skip | undefined;
  for (const interval of intervals) {
    const first = isOpenTime(interval, start) ? start : nextOpenTime(interval, openTimeOf(interval, start));
    if (first - start > MAX_MISSING_MS) continue;
    const end = openTimeOf(interval, closeTime + 1);
    const day = stretch(view, symbol, interval, first, end, closeTime);
    const rest =
      end > closeTime ? undefined : stretch(view, symbol, trigger ?? interval, end, closeTime + 1, closeTime);
    if (isSkip(day) || isSkip(rest)) {
      doubt ??= [day, rest].filter(isSkip).find(({ isCut }) => !isCut);
      continue;
    }
    const sum = new TickerSum();
    add(sum, day, first);
    if (rest !== undefined) add(sum, rest, end);
    const ticker = sum.ticker(symbol, closeTime);
    if (ticker === undefined) continue;
    // Where the exchange has no older klines, no candle lies across the beginning.
    const isWhole = first === start || (day.openTime[0] as number) > first;
    return isWhole ? ticker : { ...ticker, windowMs: DAY_MS - (first - start) };
  }
  return (
    doubt ?? {
      symbol,
      reason: "its klines that are kept here don't reach back 24 hours",
      isCut: true,
      lacksTicker: true,
    }
  );
}

/** The closed klines that open from `first` up to but without `end`, maybe with older ones before them; a skip unless they are certain to be all. */
function stretch(
  view: MarketView,
  symbol: Symbol,
  interval: Interval,
  first: number,
  end: number,
  closeTime: UnixMs,
): ClosedKlines | Skip {
  const klines = view.closed(symbol, interval, closeTime, candlesBetween(interval, first, end));
  const last = previousOpenTime(interval, end);
  if (klines === undefined) return { symbol, reason: `its ${interval} klines are not kept here`, lacksTicker: true };
  if (klines.length === 0 || klines.openTime[klines.length - 1] !== last) {
    const reason = `its ${interval} candle that opened at ${last} is not there, of which its ticker would be computed`;
    return { symbol, reason, lacksTicker: true };
  }
  if (klines.hasOlder && (klines.openTime[0] as number) > first) {
    return { symbol, reason: `its ${interval} klines don't reach back far enough`, isCut: true, lacksTicker: true };
  }
  if (klines.settled) return klines;
  return {
    symbol,
    reason: `its ${interval} klines are not certain yet, of which its ticker would be computed`,
    lacksTicker: true,
  };
}

function isSkip(value: ClosedKlines | Skip | undefined): value is Skip {
  return value !== undefined && "reason" in value;
}

/** Adds the klines that open at `first` or later. */
function add(
  sum: TickerSum,
  { length, openTime, open, high, low, close, volume, quoteVolume }: ClosedKlines,
  first: number,
): void {
  for (let row = 0; row < length; row += 1) {
    if ((openTime[row] as number) < first) continue;
    sum.add(
      open[row] as number,
      high[row] as number,
      low[row] as number,
      close[row] as number,
      volume[row] as number,
      quoteVolume[row] as number,
    );
  }
}

/** In milliseconds; for a month any of its lengths. */
function lengthOf(interval: Interval): number {
  return nextOpenTime(interval, 0);
}
