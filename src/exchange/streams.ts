import { INTERVALS, type Interval, type Kline, type UnixMs } from "../core/mod.ts";
import type { Dialect, StreamDialect } from "./dialect.ts";
import type { CloseFaults } from "./faults/closes.ts";
import type { SymbolLives } from "./faults/life.ts";
import type { Pair } from "./market.ts";
import type { PairView } from "./view.ts";

/** Somebody who listens to streams. Must not throw. */
export interface Listener {
  /** One event of one stream, as JSON text. */
  hear(stream: string, event: string): void;
}

/** A final that comes later than it should. */
interface LateClose {
  readonly at: number;
  readonly symbol: string;
  readonly interval: Interval;
  readonly kline: Kline;
}

/** Who listens to what, by the streams' names, so that a step of market time only makes what somebody wants. */
export class Streams {
  readonly #dialect: StreamDialect;
  readonly #told: readonly Interval[];
  readonly #views: ReadonlyMap<string, PairView>;
  readonly #listeners: Map<string, Set<Listener>> = new Map();
  readonly #intervals: Map<string, readonly Interval[]> = new Map();
  readonly #lives: SymbolLives;
  readonly #closeFaults: CloseFaults;
  readonly #now: () => UnixMs;
  /** For markets whose tickers are sent as changes: the last state sent of each ticker, by connection. */
  readonly #tickers: Map<string, { day: Kline; readonly knownTo: Set<Listener> }> = new Map();
  /** At most what closes in the 30 s that a final is late. */
  #late: LateClose[] = [];

  constructor(
    dialect: Dialect,
    views: ReadonlyMap<string, PairView>,
    lives: SymbolLives,
    closeFaults: CloseFaults,
    now: () => UnixMs,
  ) {
    this.#now = now;
    this.#dialect = dialect.streams;
    this.#told = INTERVALS.filter((interval) => dialect.intervals.has(interval));
    this.#views = views;
    this.#lives = lives;
    this.#closeFaults = closeFaults;
  }

  /** Somebody listens. Names that mean nothing are taken too, as the exchange does; nothing comes of them. */
  add(stream: string, listener: Listener): void {
    const listeners = this.#listeners.get(stream);
    if (listeners === undefined) this.#listeners.set(stream, new Set([listener]));
    else listeners.add(listener);
    this.#noteIntervals(stream);
  }

  remove(stream: string, listener: Listener): void {
    const listeners = this.#listeners.get(stream);
    if (listeners?.delete(listener) && listeners.size === 0) this.#listeners.delete(stream);
    this.#tickers.get(stream)?.knownTo.delete(listener);
    this.#noteIntervals(stream);
  }

  /** Whether there is a symbol with this name now. */
  isListed(symbol: string): boolean {
    return this.#views.has(symbol) && this.#lives.statusOf(symbol, this.#now()) !== undefined;
  }

  /** Tells all that happens at a step of market time. */
  step(now: UnixMs): void {
    const tickers: string[] = [];
    const { allTickers } = this.#dialect;
    const wantsAll = allTickers !== undefined && this.#listeners.has(allTickers);
    this.#tellLate(now);
    for (const [symbol, view] of this.#views) {
      // What ended just now is told even if the symbol trades no more.
      if (this.#isTrading(symbol, now - 1)) this.#closes(symbol, view, now);
      if (!this.#isTrading(symbol, now) || !view.isDue(now)) continue;
      this.#states(symbol, view, now);
      const own = this.#dialect.ticker(symbol);
      if (!wantsAll && !this.#listeners.has(own)) continue;
      const day = view.current(now) === undefined ? undefined : view.day(now);
      if (day === undefined) continue;
      const text = this.#dialect.tickerEvent(view.pair, day, now);
      if (wantsAll) tickers.push(text);
      if (this.#dialect.tickerChange === undefined) this.#tell(own, () => text);
      else this.#tellChange(own, view.pair, day, now, text);
    }
    if (wantsAll && tickers.length > 0) this.#tell(allTickers, () => `[${tickers.join(",")}]`);
  }

  #isTrading(symbol: string, at: number): boolean {
    return this.#lives.statusOf(symbol, at) === "TRADING";
  }

  /** The candles of a symbol that ended just now. */
  #closes(symbol: string, view: PairView, now: UnixMs): void {
    for (const interval of this.#intervals.get(symbol) ?? []) {
      const kline = interval === "1s" ? view.second(now) : view.closing(interval, now);
      if (kline === undefined) continue;
      const lateMs = this.#closeFaults.latenessMs(symbol, interval, kline);
      if (lateMs === 0) this.#tellKline(symbol, interval, kline, now);
      else if (lateMs !== Number.POSITIVE_INFINITY) this.#late.push({ at: now + lateMs, symbol, interval, kline });
    }
  }

  /** The open candles of a symbol. */
  #states(symbol: string, view: PairView, now: UnixMs): void {
    for (const interval of this.#intervals.get(symbol) ?? []) {
      if (interval === "1s") continue;
      const open = view.open(interval, now);
      // A candle whose trading ended early has nothing more to tell until its close.
      if (open !== undefined && !open.closed) this.#tellKline(symbol, interval, open, now);
    }
  }

  #tellLate(now: UnixMs): void {
    if (this.#late.length === 0) return;
    const due = this.#late.filter(({ at }) => at <= now);
    if (due.length === 0) return;
    this.#late = this.#late.filter(({ at }) => at > now);
    for (const { symbol, interval, kline } of due) this.#tellKline(symbol, interval, kline, now);
  }

  #tellKline(symbol: string, interval: Interval, kline: Kline, now: UnixMs): void {
    const { pair } = this.#views.get(symbol) as PairView;
    this.#tell(this.#dialect.klines(symbol, interval), () => this.#dialect.klineEvent(pair, interval, kline, now));
  }

  /** Sends a ticker to all who listen to it: the whole to those who have had none, what has changed to the others. */
  #tellChange(stream: string, pair: Pair, day: Kline, now: UnixMs, whole: string): void {
    const told = this.#tickers.get(stream) ?? { day, knownTo: new Set() };
    const change = this.#dialect.tickerChange?.(pair, day, told.day, now) ?? whole;
    this.#tickers.set(stream, told);
    told.day = day;
    for (const listener of [...(this.#listeners.get(stream) ?? [])]) {
      const knows = told.knownTo.has(listener);
      told.knownTo.add(listener);
      listener.hear(stream, knows ? change : whole);
    }
  }

  /** Sends one event to all who listen to a stream. The text is made only if anyone does. */
  #tell(stream: string, text: () => string): void {
    const listeners = this.#listeners.get(stream);
    if (listeners === undefined) return;
    const event = text();
    // A copy: whoever is told may be cut off for not reading, and then listens no more.
    for (const listener of [...listeners]) listener.hear(stream, event);
  }

  /** Notes which intervals of a symbol are listened to. */
  #noteIntervals(stream: string): void {
    const symbol = this.#dialect.symbolOf(stream);
    if (symbol === undefined || !this.#views.has(symbol)) return;
    const wanted = this.#told.filter((known) => this.#listeners.has(this.#dialect.klines(symbol, known)));
    if (wanted.length === 0) this.#intervals.delete(symbol);
    else this.#intervals.set(symbol, wanted);
  }
}
