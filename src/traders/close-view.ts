import { closeTimeOf, type Interval, type Symbol, type Ticker, type UnixMs } from "../core/mod.ts";
import { ArraysView, type KlineArray } from "../strategy/mod.ts";
import type { CloseRead } from "./kept-closes.ts";
import type { MarketAtClose } from "./ports.ts";

/** A market at a close, whose klines are read series by series. */
export class CloseView {
  readonly #view: ArraysView;
  readonly #interval: Interval;
  readonly #closeTime: UnixMs;
  readonly #prices: Map<Symbol, number> = new Map();
  #klines = 0;

  /** `capacity`: how many klines of a series their source keeps. */
  constructor(interval: Interval, closeTime: UnixMs, capacity?: number) {
    this.#view = new ArraysView(capacity);
    this.#interval = interval;
    this.#closeTime = closeTime;
  }

  add(series: KlineArray): void {
    this.#view.add(series);
    this.#klines += series.klines.length;
    const last = series.interval === this.#interval ? series.klines.at(-1) : undefined;
    if (last !== undefined && closeTimeOf(this.#interval, last.openTime) === this.#closeTime) {
      this.#prices.set(series.symbol, last.close);
    }
  }

  setTickers(tickers: readonly Ticker[]): void {
    this.#view.setTickers(tickers);
  }

  /** What was read, with what else there is to know of it. */
  read(about: Omit<MarketAtClose, "view" | "price">): CloseRead {
    const price = (symbol: Symbol): number | undefined => this.#prices.get(symbol);
    return { market: { ...about, view: this.#view, price }, klines: this.#klines };
  }
}
