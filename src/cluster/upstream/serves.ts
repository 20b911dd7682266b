import { type Interval, MARKET_NAMES, type MarketId } from "../../core/mod.ts";
import type { HealthAnswer } from "../../wire/mod.ts";

/** What a follower wants of its upstream for one market. */
export interface WantedMarket {
  readonly market: MarketId;
  /** All that are kept, also those that others are only rolled up from. */
  readonly intervals: readonly Interval[];
  /** Klines of a series. */
  readonly capacity: number;
}

/** What an upstream lacks of what is wanted, with what it serves; undefined where it has all. */
export function lackOf({ markets, capacity }: HealthAnswer, wanted: WantedMarket): string | undefined {
  const served = markets.find(({ market }) => market === wanted.market);
  if (served === undefined) {
    const names = markets.map(({ market }) => market).join(", ");
    return `it doesn't serve ${MARKET_NAMES[wanted.market]}: expected --markets with some of ${names}`;
  }
  const lacking = wanted.intervals.filter((interval) => !served.intervals.includes(interval));
  if (lacking.length > 0) {
    return `it doesn't serve ${lacking.join(", ")} of ${MARKET_NAMES[wanted.market]}, which is served here or rolled up from: expected --intervals with some of ${served.intervals.join(", ")}`;
  }
  if (capacity < wanted.capacity) {
    return `it keeps ${capacity} klines of a series: expected --capacity ${capacity} at most`;
  }
  return undefined;
}
