import { closeTimeOf, type Interval, type Symbol, type UnixMs } from "../core/mod.ts";
import { ArraysView, type KlineArray } from "../strategy/mod.ts";

/** The klines of a close, as they are read series by series, and the prices at which it closed. */
export class CloseView {
  readonly view: ArraysView;
  readonly #interval: Interval;
  readonly #closeTime: UnixMs;
  readonly #prices: Map<Symbol, number> = new Map();
  #klines = 0;

  /** `capacity`: how many klines of a series their source keeps. */
  constructor(interval: Interval, closeTime: UnixMs, capacity?: number) {
    this.view = new ArraysView(capacity);
    this.#interval = interval;
    this.#closeTime = closeTime;
  }

  /** How many klines it holds. */
  get klines(): number {
    return this.#klines;
  }

  add(series: KlineArray): void {
    this.view.add(series);
    this.#klines += series.klines.length;
    const last = series.interval === this.#interval ? series.klines.at(-1) : undefined;
    if (last !== undefined && closeTimeOf(this.#interval, last.openTime) === this.#closeTime) {
      this.#prices.set(series.symbol, last.close);
    }
  }

  /** The close price of the symbol's candle; undefined while the candle is missing. */
  price(symbol: Symbol): number | undefined {
    return this.#prices.get(symbol);
  }
}
