import { INTERVALS, type Interval, isInterval, type UnixMs } from "../core/mod.ts";
import { klineEvent, miniTicker } from "./encode.ts";
import type { PairView } from "./view.ts";

const ALL_TICKERS = "!miniTicker@arr";

/** Sends one event to all who listen to a stream. The text is made only if anyone does. */
export type Deliver = (stream: string, text: () => string) => void;

/** Who listens to what, by the streams' names, so that a step of market time only makes what somebody wants. */
export class Streams {
  readonly #views: ReadonlyMap<string, PairView>;
  readonly #listeners: Map<string, number> = new Map();
  readonly #intervals: Map<string, Set<Interval>> = new Map();
  readonly #symbols: ReadonlyMap<string, string>;

  constructor(views: ReadonlyMap<string, PairView>) {
    this.#views = views;
    this.#symbols = new Map([...views.keys()].map((symbol) => [symbol.toLowerCase(), symbol]));
  }

  /** Somebody listens. Names that mean nothing are taken too, as the exchange does; nothing comes of them. */
  add(stream: string): void {
    this.#listeners.set(stream, (this.#listeners.get(stream) ?? 0) + 1);
    this.#count(stream);
  }

  remove(stream: string): void {
    const left = (this.#listeners.get(stream) ?? 0) - 1;
    if (left > 0) this.#listeners.set(stream, left);
    else this.#listeners.delete(stream);
    this.#count(stream);
  }

  /** Tells all that happens at a step of market time. */
  step(now: UnixMs, deliver: Deliver): void {
    const tickers: string[] = [];
    const wantsAll = this.#listeners.has(ALL_TICKERS);
    for (const [symbol, view] of this.#views) {
      this.#klines(symbol, view, now, deliver);
      if (!view.isDue(now) || view.current(now) === undefined) continue;
      const own = `${symbol.toLowerCase()}@miniTicker`;
      if (!wantsAll && !this.#listeners.has(own)) continue;
      const day = view.day(now);
      if (day === undefined) continue;
      const text = JSON.stringify(miniTicker(symbol, day, now));
      tickers.push(text);
      deliver(own, () => text);
    }
    if (tickers.length > 0) deliver(ALL_TICKERS, () => `[${tickers.join(",")}]`);
  }

  #klines(symbol: string, view: PairView, now: UnixMs, deliver: Deliver): void {
    const intervals = this.#intervals.get(symbol);
    if (intervals === undefined) return;
    const isDue = view.isDue(now);
    for (const interval of intervals) {
      const stream = `${symbol.toLowerCase()}@kline_${interval}`;
      const closed = interval === "1s" ? view.second(now) : view.closing(interval, now);
      if (closed !== undefined) deliver(stream, () => klineEvent(symbol, interval, closed, now));
      if (!isDue || interval === "1s") continue;
      const open = view.open(interval, now);
      // A candle whose trading ended early has nothing more to tell until its close.
      if (open !== undefined && !open.closed) deliver(stream, () => klineEvent(symbol, interval, open, now));
    }
  }

  /** Notes which intervals of a symbol are listened to. */
  #count(stream: string): void {
    const [name = "", interval = ""] = stream.split("@kline_");
    const symbol = this.#symbols.get(name);
    if (symbol === undefined || !isInterval(interval)) return;
    const wanted = INTERVALS.filter((known) => this.#listeners.has(`${name}@kline_${known}`));
    if (wanted.length === 0) this.#intervals.delete(symbol);
    else this.#intervals.set(symbol, new Set(wanted));
  }
}
