import { createClient, type Subscription } from "../../../src/client/mod.ts";
import type { UnixMs } from "../../../src/core/mod.ts";

const MINUTE_MS = 60_000;

/** How late a close came, in milliseconds of this machine, and when, by the stopwatch. */
export interface Arrival {
  readonly lateMs: number;
  readonly at: number;
}

/** A reader of one symbol's closed minutes by the SDK: its sequence may have no hole and no double, whatever happens to nodes. */
export class Subscriber {
  readonly symbol: string;
  readonly faults: string[] = [];
  readonly arrivals: Arrival[] = [];
  candles = 0;
  connected = 0;
  last = 0;
  readonly #subscription: Subscription;
  readonly #lateness: (closeTime: UnixMs) => number;
  readonly #running: Promise<void>;

  constructor(urls: readonly string[], turn: number, symbol: string, lateness: (closeTime: UnixMs) => number) {
    this.symbol = symbol;
    this.#lateness = lateness;
    const client = createClient({
      url: urls[turn % urls.length] ?? "",
      WebSocket: turningSocket(urls, turn),
      backOff: { firstMs: 50, longestMs: 500 },
      // Nodes are gone for seconds.
      breakAfterFailures: 1_000_000,
    });
    this.#subscription = client.subscribe([`closed:${symbol}:1m`]);
    this.#running = this.#read();
  }

  async stop(): Promise<void> {
    this.#subscription.close();
    await this.#running;
  }

  async #read(): Promise<void> {
    try {
      for await (const message of this.#subscription) {
        if (message.type === "connected") this.connected += 1;
        else if (message.type === "snapshot") for (const { openTime } of message.klines) this.#take(openTime);
        else if (message.type === "gap") this.faults.push(`${this.symbol}: the SDK told of a gap`);
        else if (message.type === "refused") this.faults.push(`${this.symbol} was refused: ${message.detail}`);
        else if (message.type === "kline" && message.restated !== true) {
          this.#take(message.kline.openTime);
          this.arrivals.push({ lateMs: this.#lateness(message.kline.closeTime as UnixMs), at: performance.now() });
        }
      }
    } catch (cause) {
      this.faults.push(`${this.symbol}: it ended: ${cause}`);
    }
  }

  #take(openTime: number): void {
    this.candles += 1;
    if (this.last > 0 && openTime !== this.last + MINUTE_MS) {
      this.faults.push(
        `${this.symbol}: ${new Date(openTime).toISOString()} came after ${new Date(this.last).toISOString()}`,
      );
    }
    this.last = openTime;
  }
}

/** A WebSocket that goes to the next node at each connect, as a proxy in front of them would. */
function turningSocket(urls: readonly string[], first: number): new (url: string) => WebSocket {
  let turn = first;
  return class extends WebSocket {
    constructor(address: string) {
      const url = new URL(address);
      url.host = new URL(urls[turn % urls.length] ?? "").host;
      turn += 1;
      super(String(url));
    }
  };
}
