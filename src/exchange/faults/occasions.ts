import type { Random } from "../../core/mod.ts";
import type { FaultMeasure } from "./kinds.ts";

const HOUR_MS = 3_600_000;

/** When a fault of one kind befalls one subject: at given times, and by chance. All times are market time. */
export class Occasions {
  readonly #share: number;
  readonly #perHour: number;
  readonly #times: readonly number[];
  readonly #random: Random;
  readonly #isCalm: () => boolean;
  #nextTime = 0;
  #nextByRate = Number.POSITIVE_INFINITY;

  /** `times` in order; the rate counts from `from` on. Nothing happens any more once it is calm. */
  constructor(
    measure: FaultMeasure,
    often: number,
    times: readonly number[],
    random: Random,
    from: number,
    isCalm: () => boolean,
  ) {
    this.#share = measure === "share" ? often : 0;
    this.#perHour = measure === "rate" ? often : 0;
    this.#times = times;
    this.#random = random;
    this.#isCalm = isCalm;
    if (this.#perHour > 0) this.#nextByRate = this.#after(from);
  }

  /** Whether it happens now, at one of its occasions. What was due since the last one happens now, once. */
  hits(now: number): boolean {
    if (this.#isCalm()) return false;
    const time = this.#times[this.#nextTime];
    if (time !== undefined && time <= now) {
      this.#nextTime += 1;
      return true;
    }
    if (this.#nextByRate <= now) {
      this.#nextByRate = this.#after(now);
      return true;
    }
    return this.#share > 0 && this.#random() < this.#share;
  }

  /** Waits between events of a rate are distributed exponentially. */
  #after(moment: number): number {
    return moment + (-Math.log(1 - this.#random()) / this.#perHour) * HOUR_MS;
  }
}
