import type { Symbol, Ticker } from "../core/mod.ts";
import { CLOSE, tickerJson } from "../wire/mod.ts";
import type { Socket } from "./hub.ts";

/** What may wait for one slow socket and must not be dropped, in bytes; past it the socket is closed with 4008. */
const MAX_KEPT_BYTES = 4 * 1024 * 1024;

/** A flush stops when this much is unsent in the socket itself. */
const REFILL_BELOW_BYTES = 64 * 1024;

/** What slow sockets cost together. */
export interface Slowness {
  /** States that were replaced before they were sent. */
  conflations: number;
  /** Sockets that were closed with 4008. */
  closes: number;
}

/**
 * What waits for a socket that can't keep up: messages that are kept (closed klines, closes, snapshots), in order, and
 * the newest state of everything else.
 */
export class SlowQueue {
  readonly #kept: string[] = [];
  readonly #newest: Map<string, { readonly text: string; readonly order: number }> = new Map();
  readonly #tickers: Set<Symbol> = new Set();
  #tickerOf: ((symbol: Symbol) => Ticker | undefined) | undefined;
  readonly #slowness: Slowness;
  #keptBytes = 0;
  #isHopeless = false;

  constructor(slowness: Slowness) {
    this.#slowness = slowness;
  }

  /** A message that is never dropped. */
  keep(text: string): void {
    this.#kept.push(text);
    this.#keptBytes += text.length;
  }

  /** A message that takes the place of the one with the same key, if that is still waiting. `order` only grows. */
  replace(key: string, text: string, order: number): void {
    if (this.#newest.has(key)) this.#slowness.conflations += 1;
    this.#newest.set(key, { text, order });
  }

  /** What waits under the key up to `order` is out of date: a candle's open state must not follow its close. */
  supersede(key: string, order: number): void {
    const waiting = this.#newest.get(key);
    if (waiting !== undefined && waiting.order <= order) this.#newest.delete(key);
  }

  /** Tickers that changed; their state is read when it is sent. */
  changed(symbols: readonly Symbol[], tickerOf: (symbol: Symbol) => Ticker | undefined): void {
    for (const symbol of symbols) {
      if (this.#tickers.has(symbol)) this.#slowness.conflations += 1;
      this.#tickers.add(symbol);
    }
    this.#tickerOf = tickerOf;
  }

  /** Closes the socket when more waits than may be kept: it comes back with `since` and loses nothing. */
  closeIfHopeless(socket: Socket): void {
    if (this.#keptBytes <= MAX_KEPT_BYTES || this.#isHopeless) return;
    this.#isHopeless = true;
    this.#slowness.closes += 1;
    socket.close(CLOSE.tooSlow, "too slow: come back with since");
  }

  /** Sends as much as the socket takes; true when nothing is left. */
  flush(socket: Socket): boolean {
    let sent = 0;
    while (sent < this.#kept.length && socket.getBufferedAmount() < REFILL_BELOW_BYTES) {
      const text = this.#kept[sent] as string;
      socket.send(text);
      this.#keptBytes -= text.length;
      sent += 1;
    }
    this.#kept.splice(0, sent);
    if (this.#kept.length > 0) return false;
    for (const [key, { text }] of this.#newest) {
      if (socket.getBufferedAmount() >= REFILL_BELOW_BYTES) return false;
      this.#newest.delete(key);
      socket.send(text);
    }
    if (this.#tickers.size > 0) {
      const tickers = [...this.#tickers].flatMap((symbol) => this.#tickerOf?.(symbol) ?? []);
      this.#tickers.clear();
      socket.send(`{"type":"tickers","tickers":[${tickers.map(tickerJson).join(",")}]}`);
    }
    return socket.getBufferedAmount() < REFILL_BELOW_BYTES;
  }
}
