import { type Client, ClientError, type Subscription } from "../../../src/client/mod.ts";
import type { WireKline } from "../../../src/wire/mod.ts";

const MINUTE_MS = 60_000;

/** The values of closed candles as all followers were told them: by channel and open time. */
export type ToldCandles = Map<string, string>;

/** A program that follows all closed minutes through the SDK, and notes whatever it shouldn't see. */
export class Follower {
  readonly faults: string[] = [];
  /** How often the connection came up. */
  connected = 0;
  candles = 0;
  readonly #subscription: Subscription;
  readonly #told: ToldCandles;
  readonly #last: Map<string, number> = new Map();
  readonly #signals: Set<number> = new Set();
  readonly #running: Promise<void>;

  constructor(client: Client, channels: readonly string[], told: ToldCandles) {
    this.#told = told;
    this.#subscription = client.subscribe(channels);
    this.#running = this.#follow();
  }

  /** Whether it has the candles up to the open time, of so many symbols. */
  has(openTime: number, symbols: number): boolean {
    return this.#last.size === symbols && [...this.#last.values()].every((last) => last >= openTime);
  }

  async stop(): Promise<void> {
    this.#subscription.close();
    await this.#running;
  }

  async #follow(): Promise<void> {
    try {
      for await (const message of this.#subscription) {
        if (message.type === "connected") this.connected += 1;
        else if (message.type === "snapshot") for (const kline of message.klines) this.#take(message.channel, kline);
        else if (message.type === "kline" && message.restated !== true) this.#take(message.channel, message.kline);
        else if (message.type === "refused") this.faults.push(`${message.channel} was refused: ${message.detail}`);
        else if (message.type === "signal") {
          const { id } = message.signal;
          if (this.#signals.has(id)) this.faults.push(`signal ${id} came twice`);
          this.#signals.add(id);
        } else if (message.type === "gap" && message.channel !== "signals") {
          this.faults.push(`a gap in ${message.channel} from ${message.from} to ${message.to}`);
        }
      }
    } catch (cause) {
      this.faults.push(`it ended: ${cause instanceof ClientError ? cause.message : cause}`);
    }
  }

  #take(channel: string, kline: WireKline): void {
    const { openTime, closed } = kline;
    if (!closed) return;
    this.candles += 1;
    const last = this.#last.get(channel);
    if (last !== undefined && openTime !== last + MINUTE_MS) {
      this.faults.push(`${channel}: ${openTime} came after ${last}`);
    }
    this.#last.set(channel, openTime);
    const values = JSON.stringify(kline);
    const name = `${channel} ${openTime}`;
    const told = this.#told.get(name);
    if (told === undefined) this.#told.set(name, values);
    else if (told !== values) this.faults.push(`${name} is ${values}, and another follower was told ${told}`);
  }
}
