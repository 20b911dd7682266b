import { assert, type Interval, KLINE_COLUMNS, type Kline, openTimeOf, writeRow } from "../core/mod.ts";
import { KlineWindow, type WindowFacts } from "./kline-window.ts";

/** Rows of a new block beyond those that it begins with: so many closes later the next block is made. */
const SPARE_ROWS = 128;

/** Windows of different lengths that are kept; with one more, all go. */
const MAX_WINDOWS = 8;

/** What is known of klines older than the oldest. */
export interface OlderKlines {
  /** Some may have been here, and were dropped as newer ones came. */
  readonly full: boolean;
  /** The exchange has or may have some. */
  readonly hasOlder: boolean;
}

/**
 * The closed klines of one series, oldest first, in columns of which any stretch can be looked at without copying. A row
 * is never changed: whoever has other rows to tell starts anew, and windows that were handed out stay what they were.
 */
export class ClosedSeries {
  readonly #interval: Interval;
  #block: Float64Array = new Float64Array(0);
  /** Rows that the block has room for, and the stretch of it that is in use. */
  #rows = 0;
  #from = 0;
  #end = 0;
  /** The windows that were handed out last, by how many klines were asked for: most ask for the same. */
  readonly #last: Map<number, { readonly end: number; readonly window: KlineWindow }> = new Map();

  constructor(interval: Interval) {
    this.#interval = interval;
  }

  get length(): number {
    return this.#end - this.#from;
  }

  /** The open time of the newest kline, undefined while there is none. */
  get last(): number | undefined {
    return this.length === 0 ? undefined : (this.#block[this.#end - 1] as number);
  }

  /** Makes room for so many klines more, so that putting them in moves nothing. */
  reserve(klines: number): void {
    if (this.#end + klines > this.#rows) this.#renew(this.length, klines);
  }

  /** Puts a newer closed kline behind the others; of these at most `keep` stay. */
  append(kline: Readonly<Kline>, keep: number): void {
    assert(kline.closed, "only closed klines are put in a series of closed klines");
    assert(this.last === undefined || kline.openTime > this.last, "klines are put behind older ones");
    if (this.#end === this.#rows) this.#renew(keep, SPARE_ROWS);
    writeRow(kline, this.#block, this.#end, this.#rows);
    this.#end += 1;
    if (this.length > keep) this.#from = this.#end - keep;
  }

  /** Forgets all, because something in it is to be another way. */
  clear(): void {
    this.#from = this.#end = this.#rows = 0;
    this.#block = new Float64Array(0);
    this.#last.clear();
  }

  /**
   * How many klines were final by the moment: those whose interval was over. One that an outage ended early has an earlier close
   * time, and wasn't final before, as trade might have gone on.
   */
  closedBy(moment: number): number {
    const present = openTimeOf(this.#interval, moment + 1);
    let [low, high] = [this.#from, this.#end];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#block[middle] as number) < present) low = middle + 1;
      else high = middle;
    }
    return low - this.#from;
  }

  /**
   * At most `most` of the newest klines that had closed by the moment. The same object as long as it would hold the same. `isSettled`
   * gets the open times of the window's first and last kline.
   */
  window(
    moment: number,
    most: number,
    { full, hasOlder }: OlderKlines,
    isSettled: (klines: number, first: number, last: number) => boolean,
  ): KlineWindow {
    const end = this.#from + this.closedBy(moment);
    const from = Math.max(this.#from, end - most);
    const klines = end - from;
    const facts: WindowFacts = {
      settled: isSettled(klines, this.#block[from] ?? Number.NaN, this.#block[end - 1] ?? Number.NaN),
      cut: klines < most && full,
      hasOlder: from > this.#from || full || hasOlder,
    };
    const last = this.#last.get(most);
    if (last !== undefined && last.end === end && last.window.length === klines && isSame(last.window, facts)) {
      return last.window;
    }
    const window = new KlineWindow(this.#block, this.#rows, from, end, facts);
    if (last === undefined && this.#last.size >= MAX_WINDOWS) this.#last.clear();
    this.#last.set(most, { end, window });
    return window;
  }

  /** Moves what is kept to a new block with room for more; the old one stays with the windows that look at it. */
  #renew(keep: number, more: number): void {
    const kept = Math.min(this.length, keep);
    const rows = kept + more;
    const block = new Float64Array(rows * KLINE_COLUMNS.length);
    for (let column = 0; column < KLINE_COLUMNS.length; column += 1) {
      const start = column * this.#rows + this.#end;
      block.set(this.#block.subarray(start - kept, start), column * rows);
    }
    this.#block = block;
    this.#rows = rows;
    this.#from = 0;
    this.#end = kept;
    this.#last.clear();
  }
}

function isSame(some: WindowFacts, others: WindowFacts): boolean {
  return some.settled === others.settled && some.cut === others.cut && some.hasOlder === others.hasOlder;
}
