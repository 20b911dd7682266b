import type { Clock, Millis, StopSignal, Stopwatch, UnixMs } from "../../src/core/mod.ts";

interface Sleeper {
  readonly wakeAt: number;
  readonly order: number;
  readonly wake: () => void;
  isGone: boolean;
}

/**
 * A clock that the test turns. Sleepers wake in the order of their times, those of the same time in the order in which they
 * went to sleep, and everything that one of them sets off has happened before the next one wakes.
 */
export class ManualClock implements Clock {
  #now: number;
  /** How long the test has turned the clock, in milliseconds. */
  readonly stopwatch: Stopwatch;
  /** A heap: the next to wake comes first. */
  readonly #heap: Sleeper[] = [];
  #order = 0;
  #gone = 0;

  constructor(start = Date.UTC(2026, 1, 10)) {
    this.#now = start;
    this.stopwatch = () => this.#now - start;
  }

  now(): UnixMs {
    return this.#now as UnixMs;
  }

  /** How many wait for a later time. */
  get sleepers(): number {
    return this.#heap.length - this.#gone;
  }

  sleep(span: Millis, signal?: StopSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const wake = (): void => {
        signal?.removeEventListener("abort", stop);
        resolve();
      };
      const sleeper: Sleeper = { wakeAt: this.#now + span, order: this.#order, wake, isGone: false };
      const stop = (): void => {
        sleeper.isGone = true;
        this.#gone += 1;
        reject(signal?.reason);
      };
      this.#order += 1;
      signal?.addEventListener("abort", stop, { once: true });
      this.#push(sleeper);
    });
  }

  /** Turns the clock on by so many milliseconds. */
  async turn(span: number): Promise<void> {
    const end = this.#now + span;
    await settled();
    for (let next = this.#heap[0]; next !== undefined && next.wakeAt <= end; next = this.#heap[0]) {
      this.#pop();
      if (next.isGone) {
        this.#gone -= 1;
        continue;
      }
      this.#now = Math.max(this.#now, next.wakeAt);
      next.wake();
      await settled();
    }
    this.#now = end;
  }

  #push(sleeper: Sleeper): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(sleeper);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (isBefore(heap[parent] as Sleeper, sleeper)) break;
      heap[at] = heap[parent] as Sleeper;
      at = parent;
    }
    heap[at] = sleeper;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop() as Sleeper;
    if (heap.length === 0) return;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Sleeper, heap[child] as Sleeper)) child += 1;
      if (isBefore(last, heap[child] as Sleeper)) break;
      heap[at] = heap[child] as Sleeper;
      at = child;
    }
    heap[at] = last;
  }
}

/** A machine's clock that somebody may set. What sleeps and stopwatches count goes on as the clock beneath it does. */
export class SettableClock implements Clock {
  readonly #beneath: Clock;
  #aheadMs = 0;

  constructor(beneath: Clock) {
    this.#beneath = beneath;
  }

  now(): UnixMs {
    return (this.#beneath.now() + this.#aheadMs) as UnixMs;
  }

  sleep(span: Millis, signal?: StopSignal): Promise<void> {
    return this.#beneath.sleep(span, signal);
  }

  /** Sets the clock forward by so many milliseconds, or back where they are negative. */
  step(byMs: number): void {
    this.#aheadMs += byMs;
  }
}

function isBefore(a: Sleeper, b: Sleeper): boolean {
  return a.wakeAt < b.wakeAt || (a.wakeAt === b.wakeAt && a.order < b.order);
}

/** Lets everything run that waits neither for time nor for the network: promises of any depth, bodies of answers at hand. */
async function settled(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve));
}
