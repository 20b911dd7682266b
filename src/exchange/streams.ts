import { INTERVALS, type Interval, isInterval, type UnixMs } from "../core/mod.ts";
import { klineEvent, miniTicker } from "./encode.ts";
import type { PairView } from "./view.ts";

const ALL_TICKERS = "!miniTicker@arr";

/** Somebody who listens to streams. Must not throw. */
export interface Listener {
  /** One event of one stream, as JSON text. */
  hear(stream: string, event: string): void;
}

/** Who listens to what, by the streams' names, so that a step of market time only makes what somebody wants. */
export class Streams {
  readonly #views: ReadonlyMap<string, PairView>;
  readonly #listeners: Map<string, Set<Listener>> = new Map();
  readonly #intervals: Map<string, readonly Interval[]> = new Map();
  readonly #symbols: ReadonlyMap<string, string>;

  constructor(views: ReadonlyMap<string, PairView>) {
    this.#views = views;
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
    for (const [symbol, view] of this.#views) {
      this.#klines(symbol, view, now);
      if (!view.isDue(now) || view.current(now) === undefined) continue;
      const own = `${symbol.toLowerCase()}@miniTicker`;
      if (!wantsAll && !this.#listeners.has(own)) continue;
      const day = view.day(now);
      if (day === undefined) continue;
      const text = JSON.stringify(miniTicker(symbol, day, now));
      tickers.push(text);
      this.#tell(own, () => text);
    }
    if (tickers.length > 0) this.#tell(ALL_TICKERS, () => `[${tickers.join(",")}]`);
  }

  #klines(symbol: string, view: PairView, now: UnixMs): void {
    const intervals = this.#intervals.get(symbol);
    if (intervals === undefined) return;
    const isDue = view.isDue(now);
    for (const interval of intervals) {
      const stream = `${symbol.toLowerCase()}@kline_${interval}`;
      const closed = interval === "1s" ? view.second(now) : view.closing(interval, now);
      if (closed !== undefined) this.#tell(stream, () => klineEvent(symbol, interval, closed, now));
      if (!isDue || interval === "1s") continue;
      const open = view.open(interval, now);
      // A candle whose trading ended early has nothing more to tell until its close.
      if (open !== undefined && !open.closed) this.#tell(stream, () => klineEvent(symbol, interval, open, now));
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
    const [name = "", interval = ""] = stream.split("@kline_");
    const symbol = this.#symbols.get(name);
    if (symbol === undefined || !isInterval(interval)) return;
    const wanted = INTERVALS.filter((known) => this.#listeners.has(`${name}@kline_${known}`));
    if (wanted.length === 0) this.#intervals.delete(symbol);
    else this.#intervals.set(symbol, wanted);
  }
}
