import { amountOf, assert, changeOf } from "../core/mod.ts";
import type { Rate } from "./rate.ts";

/**
 * A token bucket: holds a full rate's amount at first, and refills evenly. Times are milliseconds of a stopwatch, read when something is
 * taken: by a clock that can be set, or by the moment when a slow request began, an amount could be had twice.
 */
export class TokenBucket {
  #rate: Rate;
  #tokens: number;
  #filledAt = Number.NEGATIVE_INFINITY;
  /** Calls of {@link take} in a row that got nothing. */
  #refusals = 0;

  constructor(rate: Rate) {
    checkRate(rate);
    this.#rate = rate;
    this.#tokens = rate.amount;
  }

  /** The most that it holds. */
  get limit(): number {
    return this.#rate.amount;
  }

  /** Whole tokens that are left. */
  get remaining(): number {
    return Math.floor(this.#tokens);
  }

  /** How often in a row nothing could be taken. */
  get refusals(): number {
    return this.#refusals;
  }

  /**
   * Takes so many tokens, or none. More than the bucket can hold counts as all that it can hold, or it could never be had.
   * Throws for a cost that is no amount: an assertion, as only a mistake of ours can lead there.
   */
  take(cost: number, at: number): boolean {
    this.#fill(at);
    const wanted = Math.min(amountOf(cost, "a cost in tokens"), this.#rate.amount);
    if (this.#tokens < wanted) {
      this.#refusals += 1;
      return false;
    }
    this.#refusals = 0;
    this.#tokens -= wanted;
    return true;
  }

  /** Takes so many tokens for what can't be refused. What wasn't there is owed, up to as much as the bucket can hold. */
  spend(cost: number): void {
    this.#tokens = Math.max(-this.#rate.amount, this.#tokens - amountOf(cost, "a cost in tokens"));
  }

  /** Tokens at a moment; below 0 while some are owed. */
  level(at: number): number {
    this.#fill(at);
    return this.#tokens;
  }

  /** Seconds until so many tokens are there, rounded up. */
  secondsUntil(cost: number): number {
    const lacking = Math.min(cost, this.#rate.amount) - this.#tokens;
    return lacking <= 0 ? 0 : Math.ceil((lacking * this.#rate.perMs) / this.#rate.amount / 1_000);
  }

  /** Seconds until it is full. */
  get resetSeconds(): number {
    return this.secondsUntil(this.#rate.amount);
  }

  /** Whether it holds all that it can: then it is as good as new. */
  isFull(at: number): boolean {
    return this.level(at) >= this.#rate.amount;
  }

  /** From now on another rate. What was used up stays used up. */
  change(rate: Rate): void {
    checkRate(rate);
    if (rate.amount === this.#rate.amount && rate.perMs === this.#rate.perMs) return;
    this.#tokens = Math.max(0, this.#tokens + rate.amount - this.#rate.amount);
    this.#rate = rate;
  }

  #fill(at: number): void {
    if (at <= this.#filledAt) return;
    changeOf(at, "a moment of the stopwatch");
    const { amount, perMs } = this.#rate;
    this.#tokens = Math.min(amount, this.#tokens + ((at - this.#filledAt) * amount) / perMs);
    this.#filledAt = at;
  }
}

function checkRate({ amount, perMs }: Rate): void {
  assert(
    amountOf(amount, "a rate's amount") > 0 && amountOf(perMs, "a rate's span") > 0,
    "a rate of nothing never refills",
  );
}
