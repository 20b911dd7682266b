import type { Timers } from "./timers.ts";

/** Timers that a test turns. */
export class ManualTimers implements Timers {
  #now = 0;
  #waiting: { at: number; run: () => void }[] = [];

  now(): number {
    return this.#now;
  }

  after(delayMs: number, run: () => void): () => void {
    const one = { at: this.#now + delayMs, run };
    this.#waiting.push(one);
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== one);
    };
  }

  /** Lets so much time pass and runs what falls into it, in the order of its time. */
  turn(spanMs: number): void {
    const end = this.#now + spanMs;
    for (let next = this.#next(); next !== undefined && next.at <= end; next = this.#next()) this.#run(next);
    this.#now = end;
  }

  /** Lets time pass until something runs. */
  turnToNext(): void {
    const next = this.#next();
    if (next !== undefined) this.#run(next);
  }

  #next(): { at: number; run: () => void } | undefined {
    return this.#waiting.toSorted((a, b) => a.at - b.at)[0];
  }

  #run(one: { at: number; run: () => void }): void {
    this.#waiting = this.#waiting.filter((other) => other !== one);
    this.#now = Math.max(this.#now, one.at);
    one.run();
  }
}
