import { closeTimeOf, type Interval, nextOpenTime, openTimeOf } from "./interval.ts";
import { emptyKline, type Kline } from "./kline.ts";
import { CHILD_OF, RollUp } from "./rollup.ts";
import type { UnixMs } from "./time.ts";

/**
 * Rolls closed 1m klines, oldest first, up into the closed klines of a longer interval, by the same steps as a store does (1m into 1h,
 * 1h into 1d, 1d into 1w and 1M), so that both come to the same figures. It doesn't know which minutes are missing: its caller gives it
 * all that the exchange has of each candle.
 *
 * @example
 * const days: Kline[] = [];
 * const rollUp = new MinuteRollUp("1d", false, (day) => days.push({ ...day }));
 * for (const minute of minutes) rollUp.add(minute);
 * rollUp.end(); // the last day, too
 */
export class MinuteRollUp {
  readonly #steps: readonly Step[];
  readonly #emit: (kline: Readonly<Kline>) => void;

  /**
   * `closesEarly`: whether a candle's close time is that of its last minute, as MARKET_TABLE says of the market. `emit` is called with each
   * candle once it is whole; the object is reused afterwards.
   */
  constructor(interval: Interval, closesEarly: boolean, emit: (kline: Readonly<Kline>) => void) {
    const intervals: Interval[] = [];
    for (let step = interval; CHILD_OF[step] !== undefined; step = CHILD_OF[step] as Interval) intervals.unshift(step);
    this.#steps = intervals.map((one) => new Step(one, closesEarly));
    this.#emit = emit;
  }

  /** The next minute. */
  add(minute: Readonly<Kline>): void {
    this.#pass(minute, 0);
  }

  /** No more minutes come: the candles that are being added up are over. */
  end(): void {
    for (const [level, step] of this.#steps.entries()) {
      const last = step.end();
      if (last !== undefined) this.#pass(last, level + 1);
    }
  }

  #pass(child: Readonly<Kline>, level: number): void {
    const step = this.#steps[level];
    if (step === undefined) {
      this.#emit(child);
      return;
    }
    if (step.isPast(child.openTime)) {
      const ended = step.end();
      if (ended !== undefined) this.#pass(ended, level + 1);
    }
    step.add(child);
  }
}

/** One interval on the way up. */
class Step {
  readonly #interval: Interval;
  readonly #closesEarly: boolean;
  readonly #sum: RollUp = new RollUp();
  readonly #row: Kline = { ...emptyKline(), closed: true };
  /** The candle that is being added up, and the one after it. */
  #openTime = Number.NaN;
  #next = Number.NEGATIVE_INFINITY;
  #childCloseTime = 0;

  constructor(interval: Interval, closesEarly: boolean) {
    this.#interval = interval;
    this.#closesEarly = closesEarly;
  }

  /** Whether a child of this open time belongs to a later candle than the one that is being added up. */
  isPast(openTime: number): boolean {
    return openTime >= this.#next;
  }

  add(child: Readonly<Kline>): void {
    if (this.#sum.children === 0) {
      this.#openTime = openTimeOf(this.#interval, child.openTime);
      this.#next = nextOpenTime(this.#interval, this.#openTime);
    }
    this.#sum.add(child);
    this.#childCloseTime = child.closeTime;
  }

  /** The candle made of the children so far, undefined without any. The next child begins a new candle. */
  end(): Readonly<Kline> | undefined {
    if (this.#sum.children === 0) return undefined;
    const row = this.#row;
    this.#sum.show(row);
    row.openTime = this.#openTime as UnixMs;
    row.closeTime = (this.#closesEarly ? this.#childCloseTime : closeTimeOf(this.#interval, this.#openTime)) as UnixMs;
    this.#sum.reset();
    return row;
  }
}
