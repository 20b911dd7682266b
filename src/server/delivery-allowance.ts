import { amountOf } from "../core/mod.ts";
import type { Caller } from "./caller.ts";
import type { Rate } from "./rate.ts";
import { TokenBucket } from "./token-bucket.ts";

/**
 * Messages that all sockets of one caller are sent without conflation: 10,000 a second, and 50,000 at once. A full market of 500 symbols
 * and 6 intervals that change every other second brings a socket 1,500 a second. A message takes the runtime a few microseconds for each
 * socket.
 */
export const DELIVERY_RATE: Rate = { amount: 50_000, perMs: 5_000 };

/** Where callers may have many sockets, as the server's own machine may, so many messages a second for each of these. */
export const DELIVERIES_PER_SOCKET = 100;

/** The rate where a caller may have so many sockets. */
export function deliveryRate(socketsPerCaller: number): Rate {
  const { amount, perMs } = DELIVERY_RATE;
  return { amount: Math.max(amount, (socketsPerCaller * DELIVERIES_PER_SOCKET * perMs) / 1_000), perMs };
}

/** A message counts once for each begun part of so many characters: lists of tickers are long. */
export const DELIVERY_UNIT_CHARACTERS = 1_024;

/** What a message of so many characters counts as, for each socket that it is sent to. */
export function deliveryUnits(characters: number): number {
  return Math.max(1, Math.ceil(characters / DELIVERY_UNIT_CHARACTERS));
}

/** What one caller may still be sent. Times are milliseconds of a stopwatch. */
export class Delivery {
  readonly #bucket: TokenBucket;

  constructor(rate: Rate) {
    this.#bucket = new TokenBucket(rate);
  }

  /** Messages were sent, which can't be refused: what was sent past the allowance is owed, up to as much again. */
  spend(units: number): void {
    this.#bucket.spend(amountOf(units, "messages sent"));
  }

  /** Whether nothing is left. */
  isSpent(at: number): boolean {
    return this.#bucket.level(at) <= 0;
  }

  /** Whether half of it is there again: sockets change to conflation and back no more often than that takes. */
  isRested(at: number): boolean {
    return this.#bucket.level(at) >= this.#bucket.limit / 2;
  }
}

/** What each caller may still be sent. */
export class DeliveryAllowance {
  readonly #rate: Rate;
  /** By bucket, which all tokens of one user share. */
  readonly #ofCaller: WeakMap<Caller["bucket"], Delivery> = new WeakMap();

  constructor(rate: Rate) {
    this.#rate = rate;
  }

  of({ bucket }: Caller): Delivery {
    let delivery = this.#ofCaller.get(bucket);
    if (delivery === undefined) {
      delivery = new Delivery(this.#rate);
      this.#ofCaller.set(bucket, delivery);
    }
    return delivery;
  }
}
