import {
  closeTimeOf,
  copyKline,
  emptyKline,
  type Interval,
  type Kline,
  nextOpenTime,
  openTimeOf,
  RollUp,
  type UnixMs,
} from "../../core/mod.ts";
import { ClosedSeries } from "../closed-series.ts";

/** How a series is folded from minutes. */
export interface FoldOptions {
  readonly interval: Interval;
  /** Closed klines that are kept at most, the newest. */
  readonly keep: number;
  /** The first minute that is read; a candle that opened before it would lack minutes, and is left out. */
  readonly from: number;
  /** Whether the market's candles end with their last minute where a halt cut them short. */
  readonly closesEarly: boolean;
}

/** The closed klines of one series, folded from closed minutes that come oldest first, as the store rolls them up. */
export class MinuteFold {
  readonly series: ClosedSeries;
  readonly #options: FoldOptions;
  readonly #sum: RollUp = new RollUp();
  readonly #row: Kline = { ...emptyKline(), closed: true };
  /** The candle that is being added up ends before this moment; −Infinity while there is none. */
  #end = Number.NEGATIVE_INFINITY;
  #openTime = 0 as UnixMs;
  #lastClose = 0 as UnixMs;
  #hasNewest = false;

  constructor(options: FoldOptions) {
    this.#options = options;
    this.series = new ClosedSeries(options.interval);
  }

  /** The newest closed kline; undefined while there is none. Overwritten by the next one. */
  get newest(): Readonly<Kline> | undefined {
    return this.#hasNewest ? this.#row : undefined;
  }

  add(minute: Readonly<Kline>): void {
    const { interval, keep } = this.#options;
    if (interval === "1m") {
      this.series.append(copyKline(minute, this.#row), keep);
      this.#hasNewest = true;
      return;
    }
    if (minute.openTime >= this.#end) {
      this.#finish();
      this.#openTime = openTimeOf(interval, minute.openTime);
      this.#end = nextOpenTime(interval, this.#openTime);
    }
    this.#sum.add(minute);
    this.#lastClose = minute.closeTime;
  }

  /** No minute before this moment comes any more: a candle that was over by then is closed. */
  endBy(moment: number): void {
    if (this.#end <= moment) this.#finish();
  }

  #finish(): void {
    this.#end = Number.NEGATIVE_INFINITY;
    if (this.#sum.children === 0) return;
    const { interval, keep, from, closesEarly } = this.#options;
    if (this.#openTime >= from) {
      this.#sum.show(this.#row);
      this.#row.openTime = this.#openTime;
      this.#row.closeTime = closesEarly ? this.#lastClose : closeTimeOf(interval, this.#openTime);
      this.series.append(this.#row, keep);
      this.#hasNewest = true;
    }
    this.#sum.reset();
  }
}
