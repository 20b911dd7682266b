import type { Rate } from "./rate.ts";

/** A token bucket: holds a full rate's amount at first, and refills evenly. Takes the time as an argument and allocates nothing. */
export class TokenBucket {
  #rate: Rate;
  #tokens: number;
  #filledAt: number;
  /** Calls of {@link take} in a row that got nothing. */
  #refusals = 0;

  constructor(rate: Rate, now: number) {
    this.#rate = rate;
    this.#tokens = rate.amount;
    this.#filledAt = now;
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

  /** Takes so many tokens, or none. More than the bucket can hold counts as all that it can hold, or it could never be had. */
  take(cost: number, now: number): boolean {
    this.#fill(now);
    const wanted = Math.min(cost, this.#rate.amount);
    if (this.#tokens < wanted) {
      this.#refusals += 1;
      return false;
    }
    this.#refusals = 0;
    this.#tokens -= wanted;
    return true;
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
  isFull(now: number): boolean {
    this.#fill(now);
    return this.#tokens >= this.#rate.amount;
  }

  /** From now on another rate. What was used up stays used up. */
  change(rate: Rate): void {
    if (rate.amount === this.#rate.amount && rate.perMs === this.#rate.perMs) return;
    this.#tokens = Math.max(0, this.#tokens + rate.amount - this.#rate.amount);
    this.#rate = rate;
  }

  #fill(now: number): void {
    // A clock that is set back gives nothing and takes nothing.
    if (now > this.#filledAt) {
      const { amount, perMs } = this.#rate;
      this.#tokens = Math.min(amount, this.#tokens + ((now - this.#filledAt) * amount) / perMs);
    }
    this.#filledAt = now;
  }
}
