import type { Clock, Millis, StopSignal, UnixMs } from "../../src/core/mod.ts";

interface Sleeper {
  readonly wakeAt: number;
  readonly wake: () => void;
}

/** A clock that the test turns. */
export class ManualClock implements Clock {
  #now: number;
  #sleepers: Sleeper[] = [];

  constructor(start = Date.UTC(2026, 1, 10)) {
    this.#now = start;
  }

  now(): UnixMs {
    return this.#now as UnixMs;
  }

  /** How many wait for a later time. */
  get sleepers(): number {
    return this.#sleepers.length;
  }

  sleep(span: Millis, signal?: StopSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const sleeper: Sleeper = {
        wakeAt: this.#now + span,
        wake: () => {
          signal?.removeEventListener("abort", stop);
          resolve();
        },
      };
      const stop = (): void => {
        this.#sleepers = this.#sleepers.filter((other) => other !== sleeper);
        reject(signal?.reason);
      };
      signal?.addEventListener("abort", stop, { once: true });
      this.#sleepers.push(sleeper);
    });
  }

  /** Turns the clock on, waking sleepers in the order of their times and letting each go as far as it can. */
  async turn(span: number): Promise<void> {
    const end = this.#now + span;
    for (;;) {
      await settled();
      const next = this.#sleepers.filter((sleeper) => sleeper.wakeAt <= end).sort((a, b) => a.wakeAt - b.wakeAt)[0];
      if (next === undefined) break;
      this.#now = Math.max(this.#now, next.wakeAt);
      this.#sleepers = this.#sleepers.filter((sleeper) => sleeper !== next);
      next.wake();
    }
    this.#now = end;
    await settled();
  }
}

/** Lets everything run that doesn't wait for time or the network. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 3; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
