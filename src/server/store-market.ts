import { type Interval, MARKET_NAMES, type MarketId, type MarketSource, type Symbol } from "../core/mod.ts";
import { firstStore, type MarketReader, readKlines } from "../store/mod.ts";
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
import { StoreView } from "./store-view.ts";
import { seriesAsked } from "./symbols-asked.ts";

/** The market in this server's own memory, for traders that run here. */
export class StoreMarket implements MarketDataSource {
  readonly #markets: MarketReader;
  readonly #sourceOf: (market: MarketId) => MarketSource;
  readonly #view: StoreView;

  constructor(markets: MarketReader, sourceOf: (market: MarketId) => MarketSource) {
    this.#markets = markets;
    this.#sourceOf = sourceOf;
    this.#view = new StoreView(markets);
  }

  async markets(): Promise<readonly MarketId[]> {
    return this.#markets.stores.map(({ market }) => market);
  }

  async closes(
    _whom?: string,
    market: MarketId = firstStore(this.#markets).market,
  ): Promise<ClosesAnswer["intervals"]> {
    const store = this.#markets.of(market);
    return store === undefined ? {} : lastCloses(store);
  }

  async klines(symbol: Symbol, interval: Interval, limit: number): Promise<KlinesRead> {
    const series = seriesAsked(symbol, interval, this.#markets);
    const klines = readKlines(series, series.select({ limit: Math.min(limit, this.#markets.capacity) }));
    return { klines, ticker: this.#markets.ticker(symbol) ?? null, readFrom: OF_VYX };
  }

  async offer(market: MarketId = firstStore(this.#markets).market): Promise<MarketOffer | undefined> {
    const store = this.#markets.of(market);
    if (store === undefined) return { intervals: this.#markets.served, symbols: new Set() };
    const symbols = store.symbols();
    if (symbols.length === 0) return undefined;
    return { intervals: store.served, symbols: new Set(symbols.map(({ symbol }) => symbol)) };
  }

  async at({
    market = firstStore(this.#markets).market,
    interval,
    closeTime,
    symbols: named,
  }: CloseRequest): Promise<MarketAtClose> {
    const store = this.#markets.of(market);
    if (store === undefined) throw new MarketNotReady(`${MARKET_NAMES[market]} is not served here`);
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
      source: this.#sourceOf(market),
      readFrom: OF_VYX,
    };
  }
}
