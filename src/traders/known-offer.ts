import { type Clock, millis, type Stopwatch } from "../core/mod.ts";
import type { MarketDataSource, MarketOffer } from "./ports.ts";

/** So long what a market said of itself is believed, in milliseconds. */
const BELIEVED_MS = 10_000;

/** So long a caller waits for a market to say it, in milliseconds: traders can be listed and kept while it can't be reached. */
const PATIENCE_MS = 1_000;

/** What a market offers, as it is known: read when it is wanted, believed for a while. */
export class KnownOffer {
  readonly #market: Pick<MarketDataSource, "offer">;
  readonly #clock: Pick<Clock, "sleep">;
  readonly #stopwatch: Stopwatch;
  #asked: { readonly at: number; readonly reading: Promise<MarketOffer | undefined> } | undefined;

  constructor(market: Pick<MarketDataSource, "offer">, clock: Pick<Clock, "sleep">, stopwatch: Stopwatch) {
    this.#market = market;
    this.#clock = clock;
    this.#stopwatch = stopwatch;
  }

  /** Undefined while it isn't known. Never rejects. */
  async get(): Promise<MarketOffer | undefined> {
    const now = this.#stopwatch();
    if (this.#asked === undefined || now - this.#asked.at >= BELIEVED_MS) {
      const asked = { at: now, reading: this.#market.offer().catch(() => undefined) };
      this.#asked = asked;
      // What isn't known is asked for again.
      void asked.reading.then((offer) => {
        if (offer === undefined && this.#asked === asked) this.#asked = undefined;
      });
    }
    const waiting = new AbortController();
    const patience = this.#clock.sleep(millis(PATIENCE_MS), waiting.signal).then(
      () => undefined,
      () => undefined,
    );
    try {
      return await Promise.race([this.#asked.reading, patience]);
    } finally {
      waiting.abort();
    }
  }
}
