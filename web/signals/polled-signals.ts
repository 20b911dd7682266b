import { type Client, ClientError } from "../../src/client/mod.ts";
import { type Clock, millis } from "../../src/core/mod.ts";
import type { Signal } from "../../src/wire/mod.ts";
import { detailOf } from "../traders/trader-book.ts";
import { SignalFeed } from "./signal-feed.ts";

/** How often the functions are asked for new signals: while somebody looks at the page, and otherwise. Milliseconds. */
const ASK_EVERY_MS = 5_000;
const ASK_WHEN_HIDDEN_MS = 30_000;

/** Signals that are asked for at once. When all of them are new, there may be more. */
const ROWS = 100;

/** Dependencies of this feed. */
export interface PolledSignalsParts {
  readonly client: Pick<Client, "signals">;
  readonly clock: Clock;
  readonly isHidden: () => boolean;
}

/** Signals of traders that run in Supabase, which doesn't push them, so this feed polls the list. */
export class PolledSignals extends SignalFeed {
  readonly #parts: PolledSignalsParts;
  /** The ids of the last poll; undefined before the first one, whose signals aren't new. */
  #known: ReadonlySet<number> | undefined;
  #waiting: AbortController | undefined;

  constructor(parts: PolledSignalsParts) {
    super();
    this.#parts = parts;
  }

  /** Polls without end. After a refusal it waits for `retry`. */
  async start(): Promise<void> {
    const { clock, isHidden } = this.#parts;
    for (;;) {
      const isRefused = await this.#ask();
      const waiting = new AbortController();
      this.#waiting = waiting;
      const wait = isHidden() ? ASK_WHEN_HIDDEN_MS : ASK_EVERY_MS;
      if (isRefused) await new Promise((resolve) => waiting.signal.addEventListener("abort", resolve));
      else await clock.sleep(millis(wait), waiting.signal).catch(() => {});
    }
  }

  retry(): void {
    this.#waiting?.abort();
  }

  /** Resolves with true if the server refuses the caller. */
  async #ask(): Promise<boolean> {
    try {
      const { signals } = await this.#parts.client.signals.list({ limit: ROWS });
      this.failure.value = "";
      this.#take(signals);
      return false;
    } catch (cause) {
      this.failure.value = detailOf(cause);
      return cause instanceof ClientError && (cause.code === "unauthorized" || cause.code === "forbidden");
    }
  }

  /** Compares all ids, not only the newest one, because signals may appear in another order than their ids. */
  #take(signals: readonly Signal[]): void {
    const known = this.#known;
    this.#known = new Set(signals.map(({ id }) => id));
    if (known === undefined) return;
    const oldestKnown = Math.min(...known);
    const fresh = signals.filter(({ id }) => !known.has(id) && (known.size < ROWS || id > oldestKnown));
    if (fresh.length === ROWS) this.tell({ gap: true });
    for (const signal of fresh.toReversed()) this.tell({ signal });
  }
}
