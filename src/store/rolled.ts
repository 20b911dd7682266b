import {
  closeTimeOf,
  emptyKline,
  type Interval,
  type Kline,
  MARKET_TABLE,
  marketOf,
  nextOpenTime,
  openTimeOf,
  previousOpenTime,
  RollUp,
  type UnixMs,
} from "../core/mod.ts";
import type { Series } from "./series.ts";

/**
 * Keeps one series as the roll-up of a shorter one. While the children come in order, a child's update costs one merge;
 * anything else (a late child, a repair, a new start) builds the candle again from the children in the ring. A candle is
 * only built when all of its children so far are certain: a sum that lacks a minute would be an invention.
 */
export class Rolled {
  readonly series: Series;
  readonly #child: Series;
  readonly #closesEarly: boolean;
  readonly #sum: RollUp = new RollUp();
  readonly #scratch: RollUp = new RollUp();
  readonly #row: Kline = emptyKline();
  readonly #childRow: Kline = emptyKline();
  /** The open time of the candle that `#sum` holds the closed children of. */
  #window = Number.NaN;
  /** The child that was added to `#sum` last. */
  #lastAdded = Number.NaN;

  constructor(series: Series, child: Series) {
    this.series = series;
    this.#child = child;
    this.#closesEarly = MARKET_TABLE[marketOf(series.symbol)].closesEarly === true;
  }

  /** The newest child changed to this state. Returns the candle it made, or undefined when it can't be built. */
  follow(child: Readonly<Kline>): Kline | undefined {
    const window = openTimeOf(this.series.interval, child.openTime);
    if (window !== this.#window) {
      if (child.openTime !== window) return this.rebuild(window);
      this.#start(window);
    } else if (this.#sum.children > 0 && nextOpenTime(this.#child.interval, this.#lastAdded) !== child.openTime) {
      return this.rebuild(window);
    } else if (this.#sum.children === 0 && child.openTime !== window) {
      return this.rebuild(window);
    }
    if (!this.#child.ledger.isSettledSince(window)) {
      this.#window = Number.NaN;
      return undefined;
    }
    this.#sum.showWith(child, this.#row);
    if (child.closed) this.#add(child);
    const isOver = child.closed && isLastChild(this.series.interval, this.#child.interval, child.openTime);
    return this.#finish(window, isOver ? child.closeTime : undefined);
  }

  /** Builds the candle that opens at `window` from its children in the ring; undefined when they aren't all certain, or none is. */
  rebuild(window: UnixMs): Kline | undefined {
    const { ring, ledger, interval } = this.#child;
    const next = nextOpenTime(this.series.interval, window);
    const present = ring.length === 0 ? Number.NEGATIVE_INFINITY : ring.openTimeAt(ring.length - 1);
    const isPresent = present < next;
    if (isPresent) this.#window = Number.NaN;
    const lastChild = previousOpenTime(interval, next);
    if (!ledger.isCertain(window, Math.min(lastChild, ledger.to))) return undefined;
    const first = ring.position(window);
    const end = ring.position(next);
    if (first === end) return undefined;
    const sum = isPresent ? this.#sum : this.#scratch;
    sum.reset();
    let open = false;
    for (let position = first; position < end; position += 1) {
      ring.read(position, this.#childRow);
      open = !this.#childRow.closed;
      if (open) break;
      sum.add(this.#childRow);
      if (isPresent) this.#lastAdded = this.#childRow.openTime;
    }
    if (open) sum.showWith(this.#childRow, this.#row);
    else sum.show(this.#row);
    if (isPresent) this.#window = window;
    // The market has moved on, or the last child itself is there and closed; else a quiet minute may still be to come.
    const ended = ledger.to > lastChild || this.#childRow.openTime === lastChild;
    return this.#finish(window, !open && ended ? this.#childRow.closeTime : undefined);
  }

  /** Children that it added up are gone: the next candle is built from those in the ring. */
  forget(): void {
    this.#window = Number.NaN;
  }

  #start(window: number): void {
    this.#sum.reset();
    this.#window = window;
    this.#lastAdded = Number.NaN;
  }

  #add(child: Readonly<Kline>): void {
    this.#sum.add(child);
    this.#lastAdded = child.openTime;
  }

  /**
   * `closedAt`: the close time of the last child, if the candle is over. It is the candle's own, as the exchange has it: an
   * outage that ended a child early, or left out the children after it, ended the candle there (BTCUSDT 1d of 2018-02-08:
   * 00:28:14.788; 2h of 2018-06-27 12:00: 12:59:59.999). While the candle is open, and on markets that know no early end, it is the end
   * of its interval.
   */
  #finish(window: UnixMs, closedAt: UnixMs | undefined): Kline {
    this.#row.openTime = window;
    this.#row.closeTime = (this.#closesEarly ? closedAt : undefined) ?? closeTimeOf(this.series.interval, window);
    this.#row.closed = closedAt !== undefined;
    return this.#row;
  }
}

/** Whether the candle that opens at `openTime` is the last one of the longer candle that holds it. */
function isLastChild(interval: Interval, child: Interval, openTime: UnixMs): boolean {
  const next = nextOpenTime(child, openTime);
  return openTimeOf(interval, next) === next;
}
