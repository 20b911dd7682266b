import { type Signal as Live, signal } from "@preact/signals";
import { type Client, ClientError, type Subscription } from "../../src/client/mod.ts";
import type { Signal } from "../../src/wire/mod.ts";
import { detailOf } from "../traders/trader-book.ts";

/** What a feed tells: a signal as it is stored, or that some may have been stored unheard. */
export type FeedNews = { readonly signal: Signal } | { readonly gap: true };

/** Hears of the caller's signals as they are stored, for the whole page: lists, markers and alerts listen to it. */
export class SignalFeed {
  /** Why it hears of none, and won't; empty while it does or tries to. */
  readonly failure: Live<string> = signal("");
  readonly #client: Pick<Client, "subscribe">;
  readonly #listeners: Set<(news: FeedNews) => void> = new Set();
  #subscription: Subscription | undefined;

  constructor(client: Pick<Client, "subscribe">) {
    this.#client = client;
  }

  /** Calls back until the given function is called. */
  listen(listener: (news: FeedNews) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  /** Connects, and comes back whenever the connection is lost. */
  async start(): Promise<void> {
    this.#subscription = this.#client.subscribe(["signals"]);
    this.failure.value = "";
    try {
      for await (const message of this.#subscription) {
        if (message.type === "signal") this.#tell({ signal: message.signal });
        else if (message.type === "gap") this.#tell({ gap: true });
      }
    } catch (cause) {
      if (!(cause instanceof ClientError)) throw cause;
      this.failure.value = detailOf(cause);
    }
  }

  /** Doesn't wait any longer, for example because the network is back. */
  retry(): void {
    this.#subscription?.retry();
  }

  #tell(news: FeedNews): void {
    for (const listener of this.#listeners) listener(news);
  }
}
