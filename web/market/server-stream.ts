import type { Client, StreamMessage, Subscription } from "../../src/client/mod.ts";

/** What all screens follow, over one connection; whoever listens takes from it what is theirs. A chart's candles have one of their own. */
export class ServerStream {
  readonly #client: Pick<Client, "subscribe">;
  readonly #channels: readonly string[];
  readonly #listeners: ((message: StreamMessage) => void)[] = [];
  #subscription: Subscription | undefined;

  constructor(client: Pick<Client, "subscribe">, channels: readonly string[]) {
    this.#client = client;
    this.#channels = channels;
  }

  /** Calls back with each message, for as long as the page is open. */
  listen(listener: (message: StreamMessage) => void): void {
    this.#listeners.push(listener);
  }

  /** Connects, and comes back whenever the connection is lost. Rejects with ClientError when it won't any more. */
  async follow(): Promise<void> {
    this.#subscription = this.#client.subscribe(this.#channels);
    for await (const message of this.#subscription) for (const listener of this.#listeners) listener(message);
  }

  /** Doesn't wait any longer, for example because the network is back. */
  retry(): void {
    this.#subscription?.retry();
  }
}
