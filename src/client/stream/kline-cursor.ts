import { type Interval, nextOpenTime, previousOpenTime, type UnixMs } from "../../core/mod.ts";
import type { WireKline } from "../../wire/mod.ts";

/** Klines that may wait for earlier ones; with one more the wait is over, and the gap is told. More than a server's ring has. */
export const MAX_HELD_KLINES = 2_000;

/** What a cursor lets through: a kline, or word of those that didn't come. */
export type Passed = { readonly kline: WireKline } | { readonly gap: { readonly from: UnixMs; readonly to?: UnixMs } };

/**
 * Brings the klines of one series into order, each closed one once. What is ahead of a missing kline is held until that
 * comes, until the server vouches that nothing is missing, or until the wait is given up and the gap told.
 */
export class KlineCursor {
  readonly #interval: Interval;
  #last: UnixMs | undefined;
  /** Closed klines that are ahead, oldest first. */
  #held: WireKline[] = [];
  /** The newest open state that is ahead. */
  #open: WireKline | undefined;
  #isUnsure = false;

  /** `since`: the open time of the last closed kline that the consumer has; without it the first that comes is the first. */
  constructor(interval: Interval, since?: UnixMs) {
    this.#interval = interval;
    this.#last = since;
  }

  /** The open time of the last closed kline that was let through. */
  get since(): UnixMs | undefined {
    return this.#last;
  }

  /** Whether klines are missing, or the server couldn't say that none is. */
  get isLacking(): boolean {
    return this.#isUnsure || this.#held.length > 0 || this.#open !== undefined;
  }

  /** Begins with a snapshot that the consumer gets as it is. */
  begin(klines: readonly WireKline[]): void {
    this.#last = klines.findLast((kline) => kline.closed)?.openTime ?? this.#last;
  }

  /** A state of a kline came. */
  take(kline: WireKline): Passed[] {
    this.#hold(kline);
    const passed = this.#inOrder();
    return this.#held.length > MAX_HELD_KLINES ? [...passed, ...this.giveUp()] : passed;
  }

  /** The exchange told a closed kline otherwise after its close: whether the consumer had it, and must hear of it. */
  restate(kline: WireKline): boolean {
    if (this.#last !== undefined && kline.openTime <= this.#last) return true;
    const at = this.#held.findIndex(({ openTime }) => openTime === kline.openTime);
    if (at >= 0) this.#held[at] = kline;
    return false;
  }

  /** The server's answer to `since`: all from there on; `recovered` if it knows that nothing is missing. */
  resume(klines: readonly WireKline[], recovered: boolean): Passed[] {
    for (const kline of klines) this.#hold(kline);
    const passed = this.#inOrder();
    const first = klines[0];
    // It may have been asked from a later time on than ours: then it knows nothing of what lies between.
    const isVouchedFor = recovered && (first === undefined || this.#follows(first));
    this.#isUnsure = !recovered;
    return isVouchedFor && first !== undefined ? [...passed, ...this.#all()] : passed;
  }

  /** Doesn't wait any longer: tells what is missing, and lets through what was held. */
  giveUp(): Passed[] {
    const passed: Passed[] = [];
    const isOpenEnded = this.#isUnsure && this.#held.length === 0 && this.#open === undefined;
    this.#isUnsure = false;
    if (isOpenEnded && this.#last !== undefined) {
      return [{ gap: { from: nextOpenTime(this.#interval, this.#last) } }];
    }
    for (const kline of [...this.#held, ...(this.#open === undefined ? [] : [this.#open])]) {
      if (!this.#follows(kline) && this.#last !== undefined) {
        const from = nextOpenTime(this.#interval, this.#last);
        passed.push({ gap: { from, to: previousOpenTime(this.#interval, kline.openTime) } });
        this.#last = previousOpenTime(this.#interval, kline.openTime);
      }
      passed.push(...this.#inOrder());
    }
    return passed;
  }

  #hold(kline: WireKline): void {
    if (this.#last !== undefined && kline.openTime <= this.#last) return;
    if (!kline.closed) {
      if (kline.openTime >= (this.#open?.openTime ?? 0)) this.#open = kline;
      return;
    }
    const at = this.#held.findLastIndex(({ openTime }) => openTime <= kline.openTime);
    if (this.#held[at]?.openTime === kline.openTime) return;
    this.#held.splice(at + 1, 0, kline);
  }

  /** Lets through what follows on what was let through. */
  #inOrder(): Passed[] {
    const passed: Passed[] = [];
    while (this.#held[0] !== undefined && this.#follows(this.#held[0])) passed.push(this.#passFirst());
    if (this.#open === undefined) return passed;
    if (this.#last !== undefined && this.#open.openTime <= this.#last) this.#open = undefined;
    else if (this.#held.length === 0 && this.#follows(this.#open)) {
      passed.push({ kline: this.#open });
      this.#open = undefined;
    }
    return passed;
  }

  /** Lets everything through: what is missing in it, the exchange doesn't have. */
  #all(): Passed[] {
    const passed: Passed[] = [];
    while (this.#held.length > 0) passed.push(this.#passFirst());
    if (this.#open !== undefined && this.#open.openTime > (this.#last ?? 0)) passed.push({ kline: this.#open });
    this.#open = undefined;
    return passed;
  }

  #passFirst(): Passed {
    const kline = this.#held.shift() as WireKline;
    this.#last = kline.openTime;
    return { kline };
  }

  /** Whether nothing can lie between the last closed kline and this one. */
  #follows({ openTime }: WireKline): boolean {
    return this.#last === undefined || openTime <= nextOpenTime(this.#interval, this.#last);
  }
}
