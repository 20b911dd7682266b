import type { Interval, MarketSource, Symbol } from "../core/mod.ts";
import { type MarketStore, readKlines } from "../store/mod.ts";
import {
  type CloseRequest,
  type KlinesRead,
  type MarketAtClose,
  type MarketDataSource,
  MarketNotReady,
  type MarketOffer,
} from "../traders/mod.ts";
import { type ClosesAnswer, OF_VYX } from "../wire/mod.ts";
import { closePrice } from "./close-price.ts";
import { lastCloses } from "./last-closes.ts";
import { RequestProblem } from "./problem.ts";
import { StoreView } from "./store-view.ts";
import { unknownSymbol } from "./symbols-asked.ts";

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
    return lastCloses(this.#store);
  }

  async klines(symbol: Symbol, interval: Interval, limit: number): Promise<KlinesRead> {
    const series = this.#store.series(symbol, interval);
    if (!this.#store.hasSymbol(symbol)) {
      throw unknownSymbol(symbol, this.#store);
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

  async offer(): Promise<MarketOffer | undefined> {
    const symbols = this.#store.symbols();
    if (symbols.length === 0) return undefined;
    return { intervals: this.#store.served, symbols: new Set(symbols.map(({ symbol }) => symbol)) };
  }

  async at({ interval, closeTime, symbols: named }: CloseRequest): Promise<MarketAtClose> {
    const store = this.#store;
    if (store.symbols().length === 0) throw new MarketNotReady("no symbols are known yet");
    const symbols =
      named === null
        ? store.symbols().flatMap(({ symbol, status }) => (status === "TRADING" ? [symbol] : []))
        : named.filter((symbol) => store.hasSymbol(symbol));
    return {
      view: this.#view,
      symbols,
      intervals: store.served,
      price: (symbol) => closePrice(store, symbol, interval, closeTime),
      source: this.#source(),
      readFrom: OF_VYX,
    };
  }
}
