import { closeTimeOf, type Interval, type MarketSource, type Symbol, type UnixMs } from "../core/mod.ts";
import { type MarketStore, readKlines } from "../store/mod.ts";
import { WINDOW_KLINES } from "../strategy/mod.ts";
import type { CloseRequest, KlinesRead, MarketAtClose, MarketDataSource } from "../traders/mod.ts";
import { type ClosesAnswer, OF_VYX } from "../wire/mod.ts";
import { RequestProblem } from "./problem.ts";
import { StoreView } from "./store-view.ts";

/** The market in this server's own memory, for traders that run here. */
export class StoreMarket implements MarketDataSource {
  readonly #store: MarketStore;
  readonly #source: () => MarketSource;
  readonly #view: StoreView;

  constructor(store: MarketStore, source: () => MarketSource) {
    this.#store = store;
    this.#source = source;
    this.#view = new StoreView(store);
  }

  async closes(): Promise<ClosesAnswer["intervals"]> {
    const intervals: ClosesAnswer["intervals"] = {};
    // Before the exchange said anything there is no market time, and so no last close.
    if (this.#store.marketTime === 0) return intervals;
    for (const interval of this.#store.served) {
      const state = this.#store.close(interval);
      if (state !== undefined) intervals[interval] = { ...state };
    }
    return intervals;
  }

  async klines(symbol: Symbol, interval: Interval, limit: number): Promise<KlinesRead> {
    const series = this.#store.series(symbol, interval);
    if (!this.#store.hasSymbol(symbol)) {
      throw new RequestProblem("unknown_symbol", `${symbol} is not followed here: GET /symbols lists those that are`);
    }
    if (series === undefined || !this.#store.served.includes(interval)) {
      throw new RequestProblem(
        "unknown_interval",
        `${interval} is not served: expected one of ${this.#store.served.join(", ")}`,
      );
    }
    const klines = readKlines(series, series.select({ limit: Math.min(limit, this.#store.capacity) }));
    return { klines, ticker: this.#store.ticker(symbol) ?? null, readFrom: OF_VYX };
  }

  async at({ interval, closeTime, symbols: named }: CloseRequest): Promise<MarketAtClose> {
    const store = this.#store;
    const symbols =
      named === null
        ? store.symbols().flatMap(({ symbol, status }) => (status === "TRADING" ? [symbol] : []))
        : named.filter((symbol) => store.hasSymbol(symbol));
    return {
      view: this.#view,
      symbols,
      price: (symbol) => this.#priceAt(symbol, interval, closeTime),
      source: this.#source(),
      readFrom: OF_VYX,
    };
  }

  #priceAt(symbol: Symbol, interval: Interval, closeTime: UnixMs): number | undefined {
    const klines = this.#view.closed(symbol, interval, closeTime, WINDOW_KLINES);
    const last = (klines?.length ?? 0) - 1;
    if (klines === undefined || last < 0) return undefined;
    return closeTimeOf(interval, klines.openTime[last] as number) === closeTime ? klines.close[last] : undefined;
  }
}
