import { type Signal as Live, signal } from "@preact/signals";
import type { Signal } from "../../src/wire/mod.ts";

/** What a feed tells: a signal as it is stored, or that some may have been stored unheard. */
export type FeedNews = { readonly signal: Signal } | { readonly gap: true };

/** Hears of the caller's signals as they are stored, for the whole page: lists, markers and alerts listen to it. */
export abstract class SignalFeed {
  /** Why it hears of none; empty while it does or tries to. */
  readonly failure: Live<string> = signal("");
  readonly #listeners: Set<(news: FeedNews) => void> = new Set();

  /** Calls back until the given function is called. */
  listen(listener: (news: FeedNews) => void): () => void {
    this.#listeners.add(listener);
    return () => void this.#listeners.delete(listener);
  }

  abstract start(): Promise<void>;

  /** Doesn't wait any longer, for example because the network is back. */
  abstract retry(): void;

  protected tell(news: FeedNews): void {
    for (const listener of this.#listeners) listener(news);
  }
}
