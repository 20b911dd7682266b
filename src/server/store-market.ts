import {
  closeTimeOf,
  type Interval,
  type Kline,
  type MarketSource,
  openTimeOf,
  previousOpenTime,
  type Symbol,
  type Ticker,
  type UnixMs,
} from "../core/mod.ts";
import { type MarketStore, readKlines, type Series } from "../store/mod.ts";
import { type MarketView, viewOfArrays, WINDOW_KLINES } from "../strategy/mod.ts";
import type { CloseRequest, MarketAtClose, MarketReader } from "../traders/mod.ts";
import type { ClosesAnswer } from "../wire/mod.ts";
import { RequestProblem } from "./problem.ts";

/** Closes that are kept, so that traders of one close share what was read and computed; the oldest goes. */
const KEPT_CLOSES = 4;

/** The market in this server's own memory, for traders that run here. */
export class StoreMarket implements MarketReader {
  readonly #store: MarketStore;
  readonly #source: () => MarketSource;
  readonly #kept: Map<string, CloseView> = new Map();

  constructor(store: MarketStore, source: () => MarketSource) {
    this.#store = store;
    this.#source = source;
  }

  async source(): Promise<MarketSource> {
    return this.#source();
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

  async klines(symbol: Symbol, interval: Interval, limit: number): Promise<{ klines: Kline[]; ticker: Ticker | null }> {
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
    return { klines, ticker: this.#store.ticker(symbol) ?? null };
  }

  async at({ interval, closeTime, symbols: named }: CloseRequest): Promise<MarketAtClose> {
    const store = this.#store;
    const symbols =
      named === null
        ? store.symbols().flatMap(({ symbol, status }) => (status === "TRADING" ? [symbol] : []))
        : named.filter((symbol) => store.hasSymbol(symbol));
    const view = this.#viewAt(closeTime);
    return {
      view,
      symbols,
      price: (symbol) => {
        const klines = view.closed(symbol, interval, closeTime, WINDOW_KLINES);
        const last = klines === undefined ? -1 : klines.length - 1;
        const isThere =
          klines !== undefined && last >= 0 && closeTimeOf(interval, klines.openTime[last] as number) === closeTime;
        return isThere ? klines.close[last] : undefined;
      },
    };
  }

  #viewAt(closeTime: UnixMs): CloseView {
    const key = String(closeTime);
    let view = this.#kept.get(key);
    if (view === undefined) {
      view = new CloseView(this.#store, closeTime);
      this.#kept.set(key, view);
      const [oldest] = this.#kept.keys();
      if (this.#kept.size > KEPT_CLOSES && oldest !== undefined) this.#kept.delete(oldest);
    }
    return view;
  }
}

/** What had closed by one moment. A series is read when it is first asked for, and again as long as it isn't all there. */
class CloseView implements MarketView {
  readonly #store: MarketStore;
  readonly #closeTime: UnixMs;
  readonly #windows: Map<Series, MarketView> = new Map();

  constructor(store: MarketStore, closeTime: UnixMs) {
    this.#store = store;
    this.#closeTime = closeTime;
  }

  symbols(): readonly Symbol[] {
    return this.#store.symbols().map(({ symbol }) => symbol);
  }

  closed(symbol: Symbol, interval: Interval, moment: number, most: number): ReturnType<MarketView["closed"]> {
    const series = this.#store.served.includes(interval) ? this.#store.series(symbol, interval) : undefined;
    if (series === undefined) return undefined;
    let window = this.#windows.get(series);
    if (window === undefined) {
      const read = this.#read(series);
      window = read.view;
      if (read.isWhole) this.#windows.set(series, window);
    }
    return window.closed(symbol, interval, moment, most);
  }

  ticker(symbol: Symbol): Ticker | undefined {
    return this.#store.ticker(symbol);
  }

  #read(series: Series): { view: MarketView; isWhole: boolean } {
    const { symbol, interval } = series;
    const endTime = previousOpenTime(interval, openTimeOf(interval, this.#closeTime + 1));
    const selection = series.select({ limit: WINDOW_KLINES, endTime, closedOnly: true });
    const klines = readKlines(series, selection);
    // Older ones that were seen then are no longer kept.
    const isCut = klines.length < WINDOW_KLINES && series.ring.length === series.ring.capacity;
    const complete = selection.complete && !isCut;
    const view = viewOfArrays([{ symbol, interval, klines, complete }]);
    return { view, isWhole: complete && klines.at(-1)?.openTime === endTime };
  }
}
