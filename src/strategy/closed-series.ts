import { assert, type Interval, KLINE_COLUMNS, type Kline, openTimeOf } from "../core/mod.ts";
import { KlineWindow, type WindowFacts } from "./kline-window.ts";

/** Rows of a new block beyond those that it begins with: so many closes later the next block is made. */
const SPARE_ROWS = 128;

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
  /** The window that was handed out last: most ask for the same. */
  #last: { readonly end: number; readonly most: number; readonly window: KlineWindow } | undefined;

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

  /** Puts a newer closed kline behind the others; of these at most `keep` stay. */
  append(kline: Readonly<Kline>, keep: number): void {
    assert(kline.closed, "only closed klines are put in a series of closed klines");
    assert(this.last === undefined || kline.openTime > this.last, "klines are put behind older ones");
    if (this.#end === this.#rows) this.#renew(keep);
    const block = this.#block;
    const rows = this.#rows;
    const at = this.#end;
    // In the order of KLINE_COLUMNS; written out, as this runs half a million times when a market is copied first.
    block[at] = kline.openTime;
    block[at + rows] = kline.open;
    block[at + 2 * rows] = kline.high;
    block[at + 3 * rows] = kline.low;
    block[at + 4 * rows] = kline.close;
    block[at + 5 * rows] = kline.volume;
    block[at + 6 * rows] = kline.closeTime;
    block[at + 7 * rows] = kline.quoteVolume;
    block[at + 8 * rows] = kline.trades;
    block[at + 9 * rows] = kline.takerBuyVolume;
    block[at + 10 * rows] = kline.takerBuyQuoteVolume;
    this.#end += 1;
    if (this.length > keep) this.#from = this.#end - keep;
  }

  /** Forgets all, because something in it is to be another way. */
  clear(): void {
    this.#from = this.#end = this.#rows = 0;
    this.#block = new Float64Array(0);
    this.#last = undefined;
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

  /** At most `most` of the newest klines that had closed by the moment. The same object as long as it would hold the same. */
  window(moment: number, most: number, facts: (klines: number, newest: number) => WindowFacts): KlineWindow {
    const end = this.#from + this.closedBy(moment);
    const from = Math.max(this.#from, end - most);
    const known = facts(end - from, this.#block[end - 1] ?? Number.NaN);
    const last = this.#last;
    if (
      last?.end === end &&
      last.most === most &&
      last.window.length === end - from &&
      last.window.settled === known.settled &&
      last.window.cut === known.cut
    ) {
      return last.window;
    }
    const window = new KlineWindow(this.#block, this.#rows, from, end, known);
    this.#last = { end, most, window };
    return window;
  }

  /** Moves what is kept to a new block; the old one stays with the windows that look at it. */
  #renew(keep: number): void {
    const kept = Math.min(this.length, keep);
    const rows = kept + SPARE_ROWS;
    const block = new Float64Array(rows * KLINE_COLUMNS.length);
    for (let column = 0; column < KLINE_COLUMNS.length; column += 1) {
      const start = column * this.#rows + this.#end;
      block.set(this.#block.subarray(start - kept, start), column * rows);
    }
    this.#block = block;
    this.#rows = rows;
    this.#from = 0;
    this.#end = kept;
    this.#last = undefined;
  }
}
