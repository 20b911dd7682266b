import type { Interval, Kline, MarketId, Symbol, Ticker, UnixMs } from "../../core/mod.ts";
import { klineText, tickersMessage } from "../../wire/mod.ts";

/** The longest message, in characters, before the frame that ends it: NATS takes 1 MiB by default. */
const MAX_CHARACTERS = 262_144;

interface State {
  readonly channel: string;
  readonly kline: Readonly<Kline>;
  /** The market's time when it came. */
  readonly time: UnixMs;
}

/**
 * Open states and tickers that changed since the last message, newest state only, and closed seconds. A message is the frames of another
 * Vyx's WebSocket, a line each: what reads those reads these, and each message is readable alone.
 */
export class LiveBatch {
  readonly #market: MarketId;
  readonly #open: Map<string, State> = new Map();
  #seconds: State[] = [];
  readonly #tickers: Map<Symbol, Ticker> = new Map();

  constructor(market: MarketId) {
    this.#market = market;
  }

  kline(symbol: Symbol, interval: Interval, kline: Readonly<Kline>, time: UnixMs): void {
    const channel = `kline:${symbol}:${interval}`;
    const state = { channel, kline: { ...kline }, time };
    if (kline.closed) {
      this.#open.delete(channel);
      this.#seconds.push(state);
    } else this.#open.set(channel, state);
  }

  /** The minute is over: its final state travels by itself. */
  forget(symbol: Symbol, interval: Interval, openTime: UnixMs): void {
    const channel = `kline:${symbol}:${interval}`;
    if ((this.#open.get(channel)?.kline.openTime ?? Number.POSITIVE_INFINITY) <= openTime) this.#open.delete(channel);
  }

  ticker(ticker: Ticker): void {
    this.#tickers.set(ticker.symbol, ticker);
  }

  /** The messages that tell what changed since the last call. */
  take(): string[] {
    const messages: string[] = [];
    let lines: string[] = [];
    let characters = 0;
    const add = (line: string): void => {
      lines.push(line);
      characters += line.length;
      if (characters < MAX_CHARACTERS) return;
      messages.push(lines.join("\n"));
      [lines, characters] = [[], 0];
    };
    for (const { channel, kline, time } of [...this.#seconds, ...this.#open.values()]) {
      add(klineText(channel, kline, false, time));
    }
    const tickers = [...this.#tickers.values()];
    for (let at = 0; at < tickers.length; at += 500) add(tickersMessage(this.#market, tickers.slice(at, at + 500)));
    if (lines.length > 0) messages.push(lines.join("\n"));
    this.clear();
    return messages;
  }

  clear(): void {
    this.#open.clear();
    this.#seconds = [];
    this.#tickers.clear();
  }
}
