import type { MarketId } from "../../core/mod.ts";
import type { WireTicker } from "../../wire/mod.ts";
import type { StreamMessage } from "./message.ts";

/**
 * What waits for a consumer, oldest first. Open klines and tickers conflate: the newest state takes the place of the one
 * that waits, so their number is bound by that of the series. Everything else is kept, whatever the number; whoever
 * fills the queue must stop when `kept` is over its bound.
 */
export class MessageQueue {
  readonly #waiting: Map<string | number, StreamMessage> = new Map();
  #kept = 0;
  #number = 0;

  /** How many messages wait that can't be conflated. */
  get kept(): number {
    return this.#kept;
  }

  put(message: StreamMessage): void {
    switch (message.type) {
      case "kline":
        this.#putKline(message);
        break;
      case "ticker":
        this.#replace(message.channel, message);
        break;
      case "tickers":
        this.#replace(keyOf(message), { ...message, tickers: this.#merged(keyOf(message), message.tickers) });
        break;
      default:
        this.#keep(message);
    }
  }

  /** The oldest message, which is taken out; undefined when none waits. */
  take(): StreamMessage | undefined {
    const first = this.#waiting.entries().next().value;
    if (first === undefined) return undefined;
    const [key, message] = first;
    this.#waiting.delete(key);
    if (typeof key === "number") this.#kept -= 1;
    return message;
  }

  clear(): void {
    this.#waiting.clear();
    this.#kept = 0;
  }

  /** An open state never waits behind its own close, nor behind a snapshot that may hold a newer one. */
  #putKline(message: Extract<StreamMessage, { type: "kline" }>): void {
    if (!message.kline.closed) {
      this.#replace(message.channel, message);
      return;
    }
    const open = this.#waiting.get(message.channel);
    if (open?.type === "kline" && open.kline.openTime <= message.kline.openTime) this.#waiting.delete(message.channel);
    this.#keep(message);
  }

  #keep(message: StreamMessage): void {
    this.#number += 1;
    this.#waiting.set(this.#number, message);
    this.#kept += 1;
  }

  /** At the end of the queue: what came in between came before this state. */
  #replace(key: string, message: StreamMessage): void {
    this.#waiting.delete(key);
    this.#waiting.set(key, message);
  }

  #merged(key: string, news: readonly WireTicker[]): readonly WireTicker[] {
    const waiting = this.#waiting.get(key);
    if (waiting?.type !== "tickers") return news;
    const bySymbol = new Map(waiting.tickers.map((ticker) => [ticker.symbol, ticker]));
    for (const ticker of news) bySymbol.set(ticker.symbol, ticker);
    return [...bySymbol.values()];
  }
}

/** Where the tickers of a market wait. */
function keyOf({ market }: { readonly market?: MarketId | undefined }): string {
  return `tickers ${market ?? ""}`;
}
