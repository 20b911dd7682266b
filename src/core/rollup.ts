import { DecimalSum } from "./decimal-sum.ts";
import { INTERVALS, type Interval } from "./interval.ts";
import type { Kline } from "./kline.ts";

/**
 * The interval whose klines add up to this one, or undefined for those that only the exchange has (1s, 1m).
 * Hierarchical, so that the children of an open candle are always in a ring: at most 60 minutes, 24 hours or 31 days.
 */
export const CHILD_OF: Readonly<Record<Interval, Interval | undefined>> = {
  "1s": undefined,
  "1m": undefined,
  "3m": "1m",
  "5m": "1m",
  "15m": "1m",
  "30m": "1m",
  "1h": "1m",
  "2h": "1h",
  "4h": "1h",
  "6h": "1h",
  "8h": "1h",
  "12h": "1h",
  "1d": "1h",
  "3d": "1d",
  "1w": "1d",
  "1M": "1d",
};

/** The most children that one candle has: the minutes of an hour. A ring must hold that many and the open one. */
export const MAX_CHILDREN = 60;

/** The intervals that must be kept so that every one asked for can be rolled up, children first. 1m is always among them. */
export function intervalsToKeep(asked: Iterable<Interval>): Interval[] {
  const keep = new Set<Interval>(["1m"]);
  for (const interval of asked) {
    for (let step: Interval | undefined = interval; step !== undefined; step = CHILD_OF[step]) keep.add(step);
  }
  return INTERVALS.filter((interval) => keep.has(interval));
}

/**
 * Adds the closed children of one open candle up, in order. `show` gives the candle with one more (open) child on top
 * and leaves the sum as it is, so an update of the child that is still open costs the same at any depth. A column that is unknown
 * (NaN) in one child is unknown in the candle; the other columns are what they are.
 */
export class RollUp {
  #children = 0;
  #open = 0;
  #high = 0;
  #low = 0;
  #close = 0;
  #trades = 0;
  readonly #volume = new DecimalSum();
  readonly #quoteVolume = new DecimalSum();
  readonly #takerBuyVolume = new DecimalSum();
  readonly #takerBuyQuoteVolume = new DecimalSum();

  /** How many children have been added since the last reset. */
  get children(): number {
    return this.#children;
  }

  reset(): void {
    this.#children = 0;
    this.#trades = 0;
    this.#volume.reset();
    this.#quoteVolume.reset();
    this.#takerBuyVolume.reset();
    this.#takerBuyQuoteVolume.reset();
  }

  add(child: Kline): void {
    if (this.#children === 0) {
      this.#open = child.open;
      this.#high = child.high;
      this.#low = child.low;
    } else {
      if (child.high > this.#high) this.#high = child.high;
      if (child.low < this.#low) this.#low = child.low;
    }
    this.#close = child.close;
    this.#children += 1;
    this.#trades += child.trades;
    this.#volume.add(child.volume);
    this.#quoteVolume.add(child.quoteVolume);
    this.#takerBuyVolume.add(child.takerBuyVolume);
    this.#takerBuyQuoteVolume.add(child.takerBuyQuoteVolume);
  }

  /** Writes prices, sums and trades of what was added, with `child` on top, into `into`; times and `closed` stay the caller's. */
  showWith(child: Kline, into: Kline): void {
    const first = this.#children === 0;
    into.open = first ? child.open : this.#open;
    into.high = first || child.high > this.#high ? child.high : this.#high;
    into.low = first || child.low < this.#low ? child.low : this.#low;
    into.close = child.close;
    into.trades = this.#trades + child.trades;
    into.volume = this.#volume.plus(child.volume);
    into.quoteVolume = this.#quoteVolume.plus(child.quoteVolume);
    into.takerBuyVolume = this.#takerBuyVolume.plus(child.takerBuyVolume);
    into.takerBuyQuoteVolume = this.#takerBuyQuoteVolume.plus(child.takerBuyQuoteVolume);
  }

  /** Writes what was added into `into`. There must be at least one child. */
  show(into: Kline): void {
    into.open = this.#open;
    into.high = this.#high;
    into.low = this.#low;
    into.close = this.#close;
    into.trades = this.#trades;
    into.volume = this.#volume.value();
    into.quoteVolume = this.#quoteVolume.value();
    into.takerBuyVolume = this.#takerBuyVolume.value();
    into.takerBuyQuoteVolume = this.#takerBuyQuoteVolume.value();
  }
}
