import type { Kline, UnixMs } from "../core/mod.ts";

/** After so long without a price, in milliseconds, the moment of a cross isn't known. */
export const BLIND_AFTER_MS = 60_000;

const MINUTE_MS = 60_000;

/** A state of a one-minute candle, and the market time at which it was received. */
export interface SeenPrice {
  readonly openTime: UnixMs;
  readonly high: number;
  readonly low: number;
  readonly close: number;
  readonly closed: boolean;
  readonly at: UnixMs;
}

/** What the price did from one state of the one-minute candles to the next. */
export interface PriceStep {
  /** Market time of the state before; undefined for the first one. */
  readonly since: UnixMs | undefined;
  readonly at: UnixMs;
  /** The lowest and highest price since then, in an order that isn't known, and the last one. */
  readonly low: number;
  readonly high: number;
  readonly price: number;
  readonly openTime: UnixMs;
  readonly isOpen: boolean;
  /** Whether there were prices in between that weren't seen. */
  readonly isBlind: boolean;
}

/**
 * Turns the states of a symbol's one-minute candles into steps of its price. A candle's high or low that moved since the state before was
 * reached since then, so a cross isn't missed that lasts for less than the time between two states.
 */
export class PriceSteps {
  #last: SeenPrice | undefined;

  constructor(last: SeenPrice | undefined) {
    this.#last = last;
  }

  /** The newest state. */
  get last(): SeenPrice | undefined {
    return this.#last;
  }

  /** Takes the next state. Undefined for a candle that is older than the newest one: it was repaired, and the price has gone on. */
  next(kline: Readonly<Kline>, marketTime: UnixMs): PriceStep | undefined {
    const at = momentOf(kline, marketTime);
    const before = this.#before(kline, marketTime);
    if (before !== undefined && kline.openTime < before.openTime) return undefined;
    const { openTime, high, low, close, closed } = kline;
    this.#last = { openTime, high, low, close, closed, at };
    const step = { at, price: close, openTime, isOpen: !closed };
    if (before === undefined) return { ...step, since: undefined, low: close, high: close, isBlind: true };
    if (openTime === before.openTime) {
      const [least, most] = [low < before.low ? low : close, high > before.high ? high : close];
      return { ...step, since: before.at, low: Math.min(least, close), high: Math.max(most, close), isBlind: false };
    }
    const isNext = before.closed && openTime === before.openTime + MINUTE_MS;
    return { ...step, since: before.at, low, high, isBlind: !isNext };
  }

  /** Forgets what lies in the future of a market whose clock was turned back. */
  #before(kline: Readonly<Kline>, marketTime: UnixMs): SeenPrice | undefined {
    const last = this.#last;
    if (last === undefined || kline.openTime >= last.openTime || marketTime >= last.openTime) return last;
    this.#last = undefined;
    return undefined;
  }
}

/** When a candle had a state: market time, within the candle. One that was repaired later had its last state at its end. */
export function momentOf({ openTime, closeTime }: Readonly<Kline>, marketTime: UnixMs): UnixMs {
  return Math.min(Math.max(marketTime, openTime), closeTime + 1) as UnixMs;
}
