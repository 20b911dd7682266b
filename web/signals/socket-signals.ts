import { type Client, ClientError, type Subscription } from "../../src/client/mod.ts";
import { detailOf } from "../traders/trader-book.ts";
import { SignalFeed } from "./signal-feed.ts";

/** Signals as the server tells them, which has the traders itself. */
export class SocketSignals extends SignalFeed {
  readonly #client: Pick<Client, "subscribe">;
  #subscription: Subscription | undefined;

  constructor(client: Pick<Client, "subscribe">) {
    super();
    this.#client = client;
  }

  /** Connects, and comes back whenever the connection is lost. */
  async start(): Promise<void> {
    this.#subscription = this.#client.subscribe(["signals"]);
    this.failure.value = "";
    try {
      for await (const message of this.#subscription) {
        if (message.type === "signal") this.tell({ signal: message.signal });
        else if (message.type === "gap") this.tell({ gap: true });
      }
    } catch (cause) {
      if (!(cause instanceof ClientError)) throw cause;
      this.failure.value = detailOf(cause);
    }
  }

  retry(): void {
    this.#subscription?.retry();
  }
}
