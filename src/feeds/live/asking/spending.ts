import type { RequestBudget } from "../../exchange.ts";

/** What was spent lately of a budget, and when more may be. Times are the stopwatch's, in milliseconds. */
export interface Spending {
  /** What counts at this time. */
  usedAt(now: number): number;
  spend(weight: number, now: number): void;
  /** The exchange counted so much, in its answer to a call that went out at `leftAt`. */
  observe(used: number, leftAt: number, now: number): void;
  /** How long a call of this weight has to wait within a budget. One that alone exceeds it may go out while nothing counts, or it never would. */
  waitMs(weight: number, budget: number, now: number): number;
  /** When the last of calls of this weight together may go out, if they begin at `start` and no others do meanwhile. */
  lastAt(weight: number, budget: number, start: number, now: number): number;
}

/** The spending that a kind of budget counts. `clockAheadMs`: the local clock less the stopwatch, for windows of the clock. */
export function spendingOf({ windowMs, aligned }: RequestBudget, clockAheadMs: number): Spending {
  return aligned ? new ClockWindow(windowMs, clockAheadMs) : new RollingWindow(windowMs);
}

/** A budget for each window of the clock, such as a minute: with the next one, nothing is spent. */
class ClockWindow implements Spending {
  readonly #windowMs: number;
  readonly #clockAheadMs: number;
  #window = 0;
  #used = 0;

  constructor(windowMs: number, clockAheadMs: number) {
    this.#windowMs = windowMs;
    this.#clockAheadMs = clockAheadMs;
  }

  usedAt(now: number): number {
    const window = this.#windowAt(now);
    if (window !== this.#window) {
      this.#window = window;
      this.#used = 0;
    }
    return this.#used;
  }

  spend(weight: number, now: number): void {
    this.#used = this.usedAt(now) + weight;
  }

  /** A call that went out before the present window may tell what the last one cost. */
  observe(used: number, leftAt: number, now: number): void {
    const own = this.usedAt(now);
    if (this.#windowAt(leftAt) === this.#window) this.#used = Math.max(own, used);
  }

  waitMs(weight: number, budget: number, now: number): number {
    const used = this.usedAt(now);
    return used === 0 || used + weight <= budget ? 0 : this.#beginOf(this.#window + 1) - now;
  }

  lastAt(weight: number, budget: number, start: number, now: number): number {
    const used = this.usedAt(now);
    const window = this.#windowAt(start);
    const left = Math.max(0, budget - (window === this.#window ? used : 0));
    if (weight <= left) return start;
    return this.#beginOf(window + Math.ceil((weight - left) / Math.max(1, budget)));
  }

  /** The number of the window of the clock at a time of the stopwatch. */
  #windowAt(at: number): number {
    return Math.floor((at + this.#clockAheadMs) / this.#windowMs);
  }

  #beginOf(window: number): number {
    return window * this.#windowMs - this.#clockAheadMs;
  }
}

/** A budget for any span of a length: what was spent counts until that long ago. */
class RollingWindow implements Spending {
  readonly #windowMs: number;
  /** What counts, oldest first: at most as many as the budget allows, as each costs 1 at least. */
  #spent: { readonly at: number; readonly weight: number }[] = [];
  #used = 0;

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  usedAt(now: number): number {
    let over = 0;
    for (const { at, weight } of this.#spent) {
      if (at + this.#windowMs > now) break;
      this.#used -= weight;
      over += 1;
    }
    if (over > 0) this.#spent = this.#spent.slice(over);
    return this.#used;
  }

  spend(weight: number, now: number): void {
    this.#used = this.usedAt(now) + weight;
    this.#spent.push({ at: now, weight });
  }

  /** What the exchange counts beyond our own calls was spent by others, now at the latest. */
  observe(used: number, _leftAt: number, now: number): void {
    const others = used - this.usedAt(now);
    if (others > 0) this.spend(others, now);
  }

  waitMs(weight: number, budget: number, now: number): number {
    let used = this.usedAt(now);
    if (used === 0 || used + weight <= budget) return 0;
    for (const spent of this.#spent) {
      used -= spent.weight;
      if (used === 0 || used + weight <= budget) return spent.at + this.#windowMs - now;
    }
    return this.#windowMs;
  }

  lastAt(weight: number, budget: number, start: number, now: number): number {
    const used = start >= now + this.#windowMs ? 0 : this.usedAt(now);
    const left = Math.max(0, budget - used);
    return weight <= left ? start : start + Math.ceil((weight - left) / Math.max(1, budget)) * this.#windowMs;
  }
}
