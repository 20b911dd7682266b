import {
  emptyKline,
  type Interval,
  type Kline,
  type MarketSource,
  openTimeOf,
  type Symbol,
  type UnixMs,
} from "../core/mod.ts";
import { type MarketStore, readKlines } from "../store/mod.ts";
import type { CloseRequest, KlinesRead, MarketAtClose, MarketDataSource } from "../traders/mod.ts";
import { type ClosesAnswer, OF_VYX } from "../wire/mod.ts";
import { RequestProblem } from "./problem.ts";
import { StoreView } from "./store-view.ts";

/** The market in this server's own memory, for traders that run here. */
export class StoreMarket implements MarketDataSource {
  readonly #store: MarketStore;
  readonly #source: () => MarketSource;
  readonly #view: StoreView;
  readonly #kline: Kline = emptyKline();

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
    const openTime = openTimeOf(interval, closeTime);
    const symbols =
      named === null
        ? store.symbols().flatMap(({ symbol, status }) => (status === "TRADING" ? [symbol] : []))
        : named.filter((symbol) => store.hasSymbol(symbol));
    return {
      view: this.#view,
      symbols,
      price: (symbol) => this.#priceAt(symbol, interval, openTime),
      source: this.#source(),
      readFrom: OF_VYX,
    };
  }

  /** The close of the candle of that close, undefined unless it is there and final. */
  #priceAt(symbol: Symbol, interval: Interval, openTime: UnixMs): number | undefined {
    const ring = this.#store.series(symbol, interval)?.ring;
    if (ring === undefined) return undefined;
    const position = ring.position(openTime);
    if (position >= ring.length || ring.openTimeAt(position) !== openTime || !ring.isClosedAt(position))
      return undefined;
    return ring.read(position, this.#kline).close;
  }
}
