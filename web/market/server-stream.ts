import type { Client, StreamMessage, Subscription } from "../../src/client/mod.ts";

/** The shared WebSocket subscription of all screens. Each listener filters its own messages. A chart's candles use their own. */
export class ServerStream {
  readonly #client: Pick<Client, "subscribe">;
  readonly #channels: readonly string[];
  readonly #listeners: ((message: StreamMessage) => void)[] = [];
  #subscription: Subscription | undefined;

  constructor(client: Pick<Client, "subscribe">, channels: readonly string[]) {
    this.#client = client;
    this.#channels = channels;
  }

  /** Calls the listener for each message, for as long as the page is open. */
  listen(listener: (message: StreamMessage) => void): void {
    this.#listeners.push(listener);
  }

  /** Connects, and reconnects after a lost connection. Rejects with ClientError when it gives up. */
  async follow(): Promise<void> {
    this.#subscription = this.#client.subscribe(this.#channels);
    for await (const message of this.#subscription) for (const listener of this.#listeners) listener(message);
  }

  /** Retries at once, for example because the network is back. */
  retry(): void {
    this.#subscription?.retry();
  }
}
