import type { OpenTimeRange } from "./events.ts";
import { closeTimeOf, type Interval, isOpenTime } from "./interval.ts";
import { type Kline, type KlineFault, klineFault, type OptionalColumn } from "./kline.ts";
import { isMarketMoment } from "./time.ts";

/** The most trades of one symbol that are believed, a millisecond: a hundred thousand a second. Busy minutes have a thousand. */
const MAX_TRADES_A_MS = 100;

/** What a kline from outside was asked for. What is left out isn't known, and isn't checked. */
export interface KlineQuestion {
  readonly interval: Interval;
  /** The open times that were asked for. */
  readonly range?: OpenTimeRange | undefined;
  /** The exchange's clock: no candle opens after it, and none is final that ends after it. */
  readonly marketTime?: number | undefined;
  /** The columns that may be unknown: NaN is believed there. None unless said. */
  readonly unknown?: ReadonlySet<OptionalColumn> | undefined;
}

/** The reasons for which {@link judgeKline} refuses a kline; also the label values of the counters. */
export type KlineRefusal =
  | KlineFault
  /** Its open time isn't of this century: seconds or microseconds in place of milliseconds, or a wrong year. */
  | "wrong_year"
  /** No candle of the interval opens at this moment. */
  | "misaligned"
  /** It opens outside the range that was asked for. */
  | "out_of_range"
  /** It ends later than its interval does. */
  | "closes_late"
  /** It opens after market time. */
  | "from_the_future"
  /** It is called final before it is over. */
  | "not_over";

/**
 * The one judge of klines that come from outside: streams, REST, imports, checkpoints and Redis all ask it. Returns why the
 * kline isn't believed, or undefined if it may be. An early close time is fine: exchanges have candles that a halt ended.
 * The open time is judged before anything is computed from it, so no loop and no calendar ever gets a foreign year.
 */
export function judgeKline(kline: Readonly<Kline>, question: KlineQuestion): KlineRefusal | undefined {
  const { openTime, closeTime, closed, trades } = kline;
  const misplaced = judgeOpenTime(openTime, question);
  if (misplaced !== undefined) return misplaced;
  const fault = klineFault(kline, question.unknown);
  if (fault !== undefined) return fault;
  const end = closeTimeOf(question.interval, openTime);
  if (closeTime > end) return "closes_late";
  if (trades > MAX_TRADES_A_MS * (end + 1 - openTime)) return "out_of_bounds";
  return closed && question.marketTime !== undefined && closeTime > question.marketTime ? "not_over" : undefined;
}

/** Why a candle that was asked for can't open at this moment, or undefined if it can. */
export function judgeOpenTime(openTime: number, question: KlineQuestion): KlineRefusal | undefined {
  const { interval, range, marketTime } = question;
  if (!Number.isFinite(openTime)) return "not_a_number";
  if (!isMarketMoment(openTime)) return "wrong_year";
  if (!isOpenTime(interval, openTime)) return "misaligned";
  if (range !== undefined && (openTime < range.from || openTime > range.to)) return "out_of_range";
  return marketTime !== undefined && openTime > marketTime ? "from_the_future" : undefined;
}
