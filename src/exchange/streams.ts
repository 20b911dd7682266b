import { INTERVALS, type Interval, isInterval, type Kline, type UnixMs } from "../core/mod.ts";
import { klineEvent, miniTicker } from "./encode.ts";
import type { CloseFaults } from "./faults/closes.ts";
import type { SymbolLives } from "./faults/life.ts";
import type { PairView } from "./view.ts";

const ALL_TICKERS = "!miniTicker@arr";

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
  readonly #views: ReadonlyMap<string, PairView>;
  readonly #listeners: Map<string, Set<Listener>> = new Map();
  readonly #intervals: Map<string, readonly Interval[]> = new Map();
  readonly #symbols: ReadonlyMap<string, string>;
  readonly #lives: SymbolLives;
  readonly #closeFaults: CloseFaults;
  /** At most what closes in the 30 s that a final is late. */
  #late: LateClose[] = [];

  constructor(views: ReadonlyMap<string, PairView>, lives: SymbolLives, closeFaults: CloseFaults) {
    this.#views = views;
    this.#lives = lives;
    this.#closeFaults = closeFaults;
    this.#symbols = new Map([...views.keys()].map((symbol) => [symbol.toLowerCase(), symbol]));
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
    this.#noteIntervals(stream);
  }

  /** Tells all that happens at a step of market time. */
  step(now: UnixMs): void {
    const tickers: string[] = [];
    const wantsAll = this.#listeners.has(ALL_TICKERS);
    this.#tellLate(now);
    for (const [symbol, view] of this.#views) {
      // What ended just now is told even if the symbol trades no more.
      if (this.#isTrading(symbol, now - 1)) this.#closes(symbol, view, now);
      if (!this.#isTrading(symbol, now) || !view.isDue(now)) continue;
      this.#states(symbol, view, now);
      const own = `${symbol.toLowerCase()}@miniTicker`;
      if (!wantsAll && !this.#listeners.has(own)) continue;
      const day = view.current(now) === undefined ? undefined : view.day(now);
      if (day === undefined) continue;
      const text = JSON.stringify(miniTicker(symbol, day, now));
      tickers.push(text);
      this.#tell(own, () => text);
    }
    if (tickers.length > 0) this.#tell(ALL_TICKERS, () => `[${tickers.join(",")}]`);
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
    this.#tell(`${symbol.toLowerCase()}@kline_${interval}`, () => klineEvent(symbol, interval, kline, now));
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
    const [name = "", interval = ""] = stream.split("@kline_");
    const symbol = this.#symbols.get(name);
    if (symbol === undefined || !isInterval(interval)) return;
    const wanted = INTERVALS.filter((known) => this.#listeners.has(`${name}@kline_${known}`));
    if (wanted.length === 0) this.#intervals.delete(symbol);
    else this.#intervals.set(symbol, wanted);
  }
}
