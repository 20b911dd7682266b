import { type Signal as Live, signal } from "@preact/signals";
import type { Signal } from "../../src/wire/mod.ts";

/** An event of a feed: a stored signal, or a gap in which signals may have been missed. */
export type FeedNews = { readonly signal: Signal } | { readonly gap: true };

/** Receives the caller's signals as they are stored. Lists, markers and alerts listen to it. */
export abstract class SignalFeed {
  /** The reason why no signals arrive; empty while the feed works or reconnects. */
  readonly failure: Live<string> = signal("");
  readonly #listeners: Set<(news: FeedNews) => void> = new Set();

  /** Calls the listener for each event. Returns a function that removes it. */
  listen(listener: (news: FeedNews) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  abstract start(): Promise<void>;

  /** Retries at once, for example because the network is back. */
  abstract retry(): void;

  protected tell(news: FeedNews): void {
    for (const listener of this.#listeners) listener(news);
  }
}
