import {
  assert,
  type GapEvent,
  type HistoryEvent,
  type Interval,
  intervalsToKeep,
  type Kline,
  type KlineColumn,
  type KlineEvent,
  MAX_CHILDREN,
  type MarketEvent,
  type MarketGaps,
  type OpenTimeRange,
  Refusals,
  type Symbol,
  type SymbolInfo,
  type Ticker,
  tickerFromKlines,
  type UnixMs,
  unreachable,
} from "../core/mod.ts";
import { type CloseNotice, type CloseState, CloseWatch } from "./closes.ts";
import { readKlines } from "./read.ts";
import type { PutOutcome, Series } from "./series.ts";
import { SymbolMarket } from "./symbol-market.ts";

const DAY_MS = 86_400_000;

/** What the store tells while it works, synchronously. Objects may be reused: copy what you keep. */
export interface StoreListener {
  /** A kline appeared or changed; all series of its symbol are up to date. */
  kline?(series: Series, kline: Readonly<Kline>): void;
  /** A closed kline was taken over again because the exchange tells it otherwise now. Not a close. */
  restated?(series: Series, kline: Readonly<Kline>): void;
  ticker?(ticker: Ticker): void;
  close?(notice: CloseNotice): void;
}

/** All that the store holds of one symbol. */
export interface HeldSymbol {
  readonly info: SymbolInfo;
  readonly ticker: Ticker | undefined;
  readonly market: SymbolMarket;
}

/** What the exchange restated since the start. */
export interface Restatements {
  klines: number;
  columns: Partial<Record<KlineColumn, number>>;
}

/** How the store is laid out. */
export interface StoreOptions {
  /** The intervals that readers may ask for. */
  readonly intervals: readonly Interval[];
  /** Klines that an answer may hold of each series: that many closed ones, or the open one among them. */
  readonly capacity: number;
}

/** Klines and tickers of all symbols in memory. Takes market events, answers reads, tells its listeners what moved. */
export class MarketStore implements MarketGaps {
  /** The intervals that readers may ask for. */
  readonly served: readonly Interval[];
  /** Those and the ones that they are rolled up from. */
  readonly intervals: readonly Interval[];
  /** The most klines of a series that an answer can hold. */
  readonly capacity: number;
  /** How many klines each outcome met since the start. */
  readonly outcomes: Record<PutOutcome | "unknown_series", number> = {
    added: 0,
    updated: 0,
    same: 0,
    stale: 0,
    contradiction: 0,
    too_old: 0,
    unknown_series: 0,
  };
  /** Closed klines that the exchange told otherwise later: how many were taken over, by the columns that differed. */
  readonly restated: Restatements = { klines: 0, columns: {} };
  /** What was refused of imports and checkpoints. */
  readonly refusals: Refusals = new Refusals();
  readonly #ringCapacity: number;
  readonly #markets: Map<Symbol, SymbolMarket> = new Map();
  readonly #symbols: Map<Symbol, SymbolInfo> = new Map();
  #sorted: readonly SymbolInfo[] | undefined;
  readonly #tickers: Map<Symbol, Ticker> = new Map();
  readonly #watches: Map<Interval, CloseWatch> = new Map();
  readonly #listeners: StoreListener[] = [];
  /** The symbols that trade now: those that a close waits for. */
  readonly #trading: Set<Symbol> = new Set();
  #marketTime = 0 as UnixMs;
  #tickersVersion = 0;

  constructor(options: StoreOptions) {
    assert(options.capacity >= 1, "a series holds at least one kline");
    this.served = options.intervals;
    this.intervals = intervalsToKeep(options.intervals);
    this.capacity = options.capacity;
    // One more than is served, so that as many closed klines as were asked for are there beside the open one. And the
    // children of an open candle and the open child must be in the ring, however few klines are served.
    this.#ringCapacity = Math.max(options.capacity + 1, MAX_CHILDREN + 4);
    this.#watchCloses();
  }

  /** Adds a listener; listeners are called in the order in which they came. */
  listen(listener: StoreListener): void {
    this.#listeners.push(listener);
  }

  /** Takes one event in. Everything that follows from it has happened when this returns. */
  apply(event: MarketEvent): void {
    switch (event.type) {
      case "kline":
        this.#applyKline(event);
        break;
      case "history":
        this.#applyHistory(event);
        break;
      case "gap":
        this.#applyGap(event);
        break;
      case "ticker":
        this.#applyTicker(event.ticker);
        break;
      case "symbols":
        this.#applySymbols(event.symbols);
        break;
      case "clock":
        this.#turnBack(event.marketTime);
        break;
      case "connected":
      case "disconnected":
        break;
      default:
        unreachable(event);
    }
  }

  missing(symbol: Symbol, interval: Interval, now: UnixMs): readonly OpenTimeRange[] {
    return this.#markets.get(symbol)?.series(interval)?.missing(now) ?? [];
  }

  span(symbol: Symbol, interval: Interval): OpenTimeRange | undefined {
    const series = this.#markets.get(symbol)?.series(interval);
    const [from, to] = [series?.first, series?.last];
    return from === undefined || to === undefined ? undefined : { from, to };
  }

  /** The newest moment that the exchange told of; 0 before it told anything. */
  get marketTime(): UnixMs {
    return this.#marketTime;
  }

  hasSymbol(symbol: Symbol): boolean {
    return this.#symbols.has(symbol);
  }

  /** The symbols that are followed, sorted by name: the same list until they are told anew. */
  symbols(): readonly SymbolInfo[] {
    this.#sorted ??= [...this.#symbols.values()].sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
    return this.#sorted;
  }

  /** A series, or undefined when the symbol or interval isn't kept. */
  series(symbol: Symbol, interval: Interval): Series | undefined {
    return this.#markets.get(symbol)?.series(interval);
  }

  /** Moves with every ticker. */
  get tickersVersion(): number {
    return this.#tickersVersion;
  }

  /** A symbol's ticker: the exchange's, or one derived from its klines where the exchange sent none. */
  ticker(symbol: Symbol): Ticker | undefined {
    return this.#tickers.get(symbol) ?? this.#derivedTicker(symbol);
  }

  /** All tickers, sorted by symbol. */
  tickers(): Ticker[] {
    const tickers: Ticker[] = [];
    for (const { symbol } of this.symbols()) {
      const ticker = this.ticker(symbol);
      if (ticker !== undefined) tickers.push(ticker);
    }
    return tickers;
  }

  /** The last close of a served interval. */
  close(interval: Interval): CloseState | undefined {
    return this.#watches.get(interval)?.state(this.#marketTime);
  }

  /**
   * How many of the served series hold all that the exchange has, without doubt. A hole that the exchange itself has doesn't
   * count, and neither do delisted symbols: nobody can say more of them.
   */
  coverage(): { complete: number; total: number } {
    let complete = 0;
    let total = 0;
    for (const { symbol, status } of this.#symbols.values()) {
      if (status === "DELISTED") continue;
      for (const interval of this.served) {
        const series = this.series(symbol, interval);
        if (series === undefined) continue;
        total += 1;
        if (series.select({ limit: this.capacity }).settled) complete += 1;
      }
    }
    return { complete, total };
  }

  /** What there is of each symbol that is followed. */
  *held(): Iterable<HeldSymbol> {
    for (const [symbol, info] of this.#symbols) {
      const market = this.#markets.get(symbol);
      if (market !== undefined) yield { info, ticker: this.#tickers.get(symbol), market };
    }
  }

  /** An empty market that isn't part of the store yet, for `adopt`. */
  newMarket(symbol: Symbol): SymbolMarket {
    return new SymbolMarket(symbol, this.intervals, this.#ringCapacity, {
      kline: (series, kline) => this.#tell(series, kline),
      restated: (series, kline, columns) => this.#tellRestated(series, kline, columns),
    });
  }

  /** Takes over what another run held, all at once, into an empty store. Nobody is told: it was told then. */
  adopt(held: readonly HeldSymbol[], marketTime: UnixMs): void {
    assert(this.#markets.size === 0, "only an empty store takes over what another run held");
    for (const { info, ticker, market } of held) {
      this.#markets.set(info.symbol, market);
      if (ticker !== undefined) this.#tickers.set(info.symbol, ticker);
    }
    this.#applySymbols(held.map(({ info }) => info));
    this.#marketTime = marketTime;
  }

  /** Forgets all but which symbols there are: what it holds turned out to be of another market. */
  clear(): void {
    this.#markets.clear();
    this.#tickers.clear();
    this.#applySymbols(this.symbols());
    this.#watchCloses();
    this.#marketTime = 0 as UnixMs;
  }

  /** The market is at this moment. What is held of later ones isn't so, told or from a checkpoint; what comes then is news. */
  #turnBack(marketTime: UnixMs): void {
    this.#marketTime = Math.min(this.#marketTime, marketTime) as UnixMs;
    for (const market of this.#markets.values()) market.turnBack(marketTime);
    for (const [symbol, { updatedAt }] of this.#tickers) if (updatedAt > marketTime) this.#tickers.delete(symbol);
    this.#tickersVersion += 1;
    for (const watch of this.#watches.values()) watch.turnBack(marketTime);
  }

  #watchCloses(): void {
    for (const interval of this.served) {
      const isClosed = (symbol: Symbol, openTime: UnixMs): boolean =>
        this.#markets.get(symbol)?.series(interval)?.isClosedAt(openTime) ?? false;
      this.#watches.set(interval, new CloseWatch(interval, this.#trading, isClosed));
    }
  }

  #applyKline(event: KlineEvent): void {
    const market = this.#markets.get(event.symbol);
    const series = market?.series(event.interval);
    if (market === undefined || series === undefined) {
      this.outcomes.unknown_series += 1;
      return;
    }
    this.outcomes[market.update(series, event.kline, event.eventTime)] += 1;
    this.#moveTime(event.eventTime);
  }

  #applyHistory(event: HistoryEvent): void {
    const market = this.#markets.get(event.symbol);
    const series = market?.series(event.interval);
    if (market === undefined || series === undefined) {
      this.outcomes.unknown_series += 1;
      return;
    }
    this.outcomes.contradiction += market.history(series, event);
  }

  #applyGap(event: GapEvent): void {
    const market = this.#markets.get(event.symbol);
    const series = market?.series(event.interval);
    if (market !== undefined && series !== undefined) market.doubt(series, event.from);
  }

  #applyTicker(ticker: Ticker): void {
    if (!this.#symbols.has(ticker.symbol)) return;
    const had = this.#tickers.get(ticker.symbol);
    if (had !== undefined && had.updatedAt > ticker.updatedAt) return;
    this.#tickers.set(ticker.symbol, ticker);
    this.#tickersVersion += 1;
    for (const listener of this.#listeners) listener.ticker?.(ticker);
    this.#moveTime(ticker.updatedAt);
  }

  #applySymbols(symbols: readonly SymbolInfo[]): void {
    this.#sorted = undefined;
    this.#symbols.clear();
    this.#trading.clear();
    const followed = new Set(symbols.map(({ symbol }) => symbol));
    for (const symbol of this.#markets.keys()) {
      if (followed.has(symbol)) continue;
      this.#markets.delete(symbol);
      this.#tickers.delete(symbol);
    }
    for (const info of symbols) {
      this.#symbols.set(info.symbol, info);
      if (info.status === "TRADING") this.#trading.add(info.symbol);
      if (info.status === "DELISTED") this.#markets.get(info.symbol)?.ended();
      if (!this.#markets.has(info.symbol)) this.#markets.set(info.symbol, this.newMarket(info.symbol));
    }
    this.#tickersVersion += 1;
  }

  #tell(series: Series, kline: Readonly<Kline>): void {
    for (const listener of this.#listeners) listener.kline?.(series, kline);
    if (!kline.closed) return;
    const watch = this.#watches.get(series.interval);
    this.#tellClose(watch?.closed(series.symbol, kline.openTime, this.#marketTime));
  }

  #tellRestated(series: Series, kline: Readonly<Kline>, columns: readonly KlineColumn[]): void {
    this.restated.klines += 1;
    for (const column of columns) this.restated.columns[column] = (this.restated.columns[column] ?? 0) + 1;
    for (const listener of this.#listeners) listener.restated?.(series, kline);
  }

  #moveTime(eventTime: UnixMs): void {
    if (eventTime <= this.#marketTime) return;
    this.#marketTime = eventTime;
    for (const watch of this.#watches.values()) this.#tellClose(watch.tick(eventTime));
  }

  #tellClose(notice: CloseNotice | undefined): void {
    if (notice === undefined) return;
    for (const listener of this.#listeners) listener.close?.(notice);
  }

  #derivedTicker(symbol: Symbol): Ticker | undefined {
    const series = this.series(symbol, "1m");
    if (series === undefined || series.last === undefined) return undefined;
    const klines = readKlines(series, { first: 0, end: series.ring.length });
    const updatedAt = Math.max(this.#marketTime, series.last) as UnixMs;
    const ticker = tickerFromKlines(symbol, klines, updatedAt);
    const windowMs = updatedAt - (series.first ?? updatedAt);
    return ticker === undefined || windowMs >= DAY_MS ? ticker : { ...ticker, windowMs };
  }
}
