import {
  assert,
  BARE_MARKET,
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
  type MarketId,
  type OpenTimeRange,
  Refusals,
  type Symbol,
  type SymbolInfo,
  type Ticker,
  type UnixMs,
  unreachable,
} from "../core/mod.ts";
import { type CloseNotice, type CloseState, CloseWatch, type MarketClose } from "./closes.ts";
import { DerivedTickers } from "./derived-tickers.ts";
import type { MarketReader } from "./markets.ts";
import type { PutOutcome, Series } from "./series.ts";
import { SymbolMarket } from "./symbol-market.ts";

/** What the store reports while it works, synchronously. Objects may be reused: copy what you keep. */
export interface StoreListener {
  /**
   * A kline appeared or changed. Open klines that are rolled up from shorter ones change when they are read, or when {@link MarketStore.catchUp}
   * is called: call that when a shorter one has changed, where each of their states is wanted.
   */
  kline?(series: Series, kline: Readonly<Kline>): void;
  /** The exchange restated a closed kline. Not a close. */
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
  /** The market whose events it takes; Binance spot unless said. */
  readonly market?: MarketId;
  /** The intervals that readers may ask for. */
  readonly intervals: readonly Interval[];
  /** Klines that an answer may hold of each series: that many closed ones, or the open one among them. */
  readonly capacity: number;
}

/** Klines and tickers of all symbols of one market in memory. Takes market events, answers reads, reports changes to its listeners. */
export class MarketStore implements MarketGaps, MarketReader {
  readonly market: MarketId;
  readonly stores: readonly MarketStore[] = [this];
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
    completed: 0,
    stale: 0,
    contradiction: 0,
    too_old: 0,
    unknown_series: 0,
  };
  /** Closed klines that the exchange restated: how many were taken over, by the columns that differed. */
  readonly restated: Restatements = { klines: 0, columns: {} };
  /** What was refused of imports and checkpoints. */
  readonly refusals: Refusals = new Refusals();
  readonly #ringCapacity: number;
  readonly #markets: Map<Symbol, SymbolMarket> = new Map();
  readonly #symbols: Map<Symbol, SymbolInfo> = new Map();
  #sorted: readonly SymbolInfo[] | undefined;
  /** The exchange's own tickers, of symbols that are followed. */
  readonly #tickers: Map<Symbol, Ticker> = new Map();
  readonly #derived: DerivedTickers = new DerivedTickers();
  readonly #watches: Map<Interval, CloseWatch> = new Map();
  readonly #listeners: StoreListener[] = [];
  /** The symbols that trade now: those that a close waits for. */
  readonly #trading: Set<Symbol> = new Set();
  #marketTime = 0 as UnixMs;
  #isTimeConfirmed = false;
  #tickersVersion = 0;

  constructor(options: StoreOptions) {
    assert(options.capacity >= 1, "a series holds at least one kline");
    this.market = options.market ?? BARE_MARKET;
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

  /**
   * Takes one event in. When this returns, readers see everything that follows from it; listeners have been told of everything but what
   * {@link StoreListener.kline} names.
   */
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

  /** The newest event time of the exchange; 0 before the first event. */
  get marketTime(): UnixMs {
    return this.#marketTime;
  }

  /**
   * Whether the exchange has sent its time since the start. Until then market time is 0, or as old as the checkpoint that was restored,
   * and the last close isn't known.
   */
  get isTimeConfirmed(): boolean {
    return this.#isTimeConfirmed;
  }

  of(market: MarketId): MarketStore | undefined {
    return market === this.market ? this : undefined;
  }

  hasSymbol(symbol: Symbol): boolean {
    return this.#symbols.has(symbol);
  }

  /** What the exchange says of a symbol; undefined for one that isn't followed. */
  info(symbol: Symbol): SymbolInfo | undefined {
    return this.#symbols.get(symbol);
  }

  /** The symbols that are followed, sorted by name: the same list until the feed sends the next. */
  symbols(): readonly SymbolInfo[] {
    this.#sorted ??= [...this.#symbols.values()].sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
    return this.#sorted;
  }

  /** A series, or undefined when the symbol or interval isn't kept. */
  series(symbol: Symbol, interval: Interval): Series | undefined {
    return this.#markets.get(symbol)?.series(interval);
  }

  /** Brings a symbol's open klines up to date that are rolled up from the newest one, which reports them. Reading one does the same. */
  catchUp(symbol: Symbol): void {
    this.#markets.get(symbol)?.catchUp();
  }

  /** Moves with every ticker, the exchange's or derived from klines. */
  get tickersVersion(): number {
    return this.#tickersVersion;
  }

  /** A symbol's ticker: the exchange's, or one derived from its klines where the exchange sent none. */
  ticker(symbol: Symbol): Ticker | undefined {
    const series = this.series(symbol, "1m");
    return this.#tickers.get(symbol) ?? (series === undefined ? undefined : this.#derived.of(series));
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
      const market = this.#markets.get(symbol);
      if (market === undefined) continue;
      for (const interval of this.served) {
        const series = market.series(interval);
        if (series === undefined) continue;
        total += 1;
        if (series.isSettled(this.capacity)) complete += 1;
      }
    }
    return { complete, total };
  }

  /** Whether there is any kline of a symbol that is followed, certain or not. */
  get hasKlines(): boolean {
    for (const [symbol, { status }] of this.#symbols) {
      if (status === "DELISTED") continue;
      const market = this.#markets.get(symbol);
      if (this.served.some((interval) => market?.series(interval)?.last !== undefined)) return true;
    }
    return false;
  }

  /**
   * What there is of each symbol that is followed, each symbol once. The store may move on between two of them: a symbol that is
   * gone by its turn is left out, and one that came meanwhile is too.
   */
  *held(): Iterable<HeldSymbol> {
    for (const symbol of [...this.#symbols.keys()]) {
      const [info, market] = [this.#symbols.get(symbol), this.#markets.get(symbol)];
      if (info !== undefined && market !== undefined) yield { info, ticker: this.#tickers.get(symbol), market };
    }
  }

  /** An empty market that isn't part of the store yet, for `adopt`. */
  newMarket(symbol: Symbol): SymbolMarket {
    return new SymbolMarket(symbol, this.intervals, this.#ringCapacity, {
      kline: (series, kline) => this.#report(series, kline),
      restated: (series, kline, columns) => this.#reportRestated(series, kline, columns),
    });
  }

  /** Takes over what another run held, all at once, into an empty store. Listeners aren't called: the other run's were. */
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
    this.#isTimeConfirmed = false;
  }

  /** The market is at this moment: drops what is held of later ones, from the feed or a checkpoint. It will come again. */
  #turnBack(marketTime: UnixMs): void {
    // A market time that lies before it, none or a checkpoint's, becomes the market's with the first event only.
    if (this.#marketTime >= marketTime) this.#isTimeConfirmed = true;
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
    // Closes whose grace ends before this event are announced before it begins the next.
    this.#moveTime(event.eventTime);
    const before = series.version;
    this.outcomes[market.update(series, event.kline, event.eventTime)] += 1;
    if (series.version !== before) this.#changed(series);
  }

  #applyHistory(event: HistoryEvent): void {
    const market = this.#markets.get(event.symbol);
    const series = market?.series(event.interval);
    if (market === undefined || series === undefined) {
      this.outcomes.unknown_series += 1;
      return;
    }
    const before = series.version;
    this.outcomes.contradiction += market.history(series, event);
    // An answer that was under way says no more of the candles that were open than was known.
    if (this.#symbols.get(event.symbol)?.status === "DELISTED") market.ended();
    if (series.version !== before) this.#changed(series);
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

  #report(series: Series, kline: Readonly<Kline>): void {
    for (const listener of this.#listeners) listener.kline?.(series, kline);
    if (!kline.closed) return;
    const watch = this.#watches.get(series.interval);
    if (watch !== undefined) this.#announce(watch.closed(series.symbol, kline.openTime, this.#marketTime));
  }

  /** A series changed: where the exchange sends no ticker, the derived one may change with it. */
  #changed({ symbol, interval }: Series): void {
    if (interval === "1m" && !this.#tickers.has(symbol)) this.#tickersVersion += 1;
  }

  #reportRestated(series: Series, kline: Readonly<Kline>, columns: readonly KlineColumn[]): void {
    this.restated.klines += 1;
    for (const column of columns) this.restated.columns[column] = (this.restated.columns[column] ?? 0) + 1;
    for (const listener of this.#listeners) listener.restated?.(series, kline);
  }

  #moveTime(eventTime: UnixMs): void {
    this.#isTimeConfirmed = true;
    if (eventTime <= this.#marketTime) return;
    this.#marketTime = eventTime;
    for (const watch of this.#watches.values()) this.#announce(watch.tick(eventTime));
  }

  #announce(closes: readonly MarketClose[]): void {
    for (const close of closes) {
      const notice: CloseNotice = { market: this.market, ...close };
      for (const listener of this.#listeners) listener.close?.(notice);
    }
  }
}
