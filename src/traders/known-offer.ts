import { type Clock, type MarketId, millis, type Stopwatch } from "../core/mod.ts";
import { type MarketDataSource, type MarketOffer, ONE_MARKET } from "./ports.ts";

/** So long what a source said of itself is believed, in milliseconds. */
const BELIEVED_MS = 10_000;

/** So long a caller waits for a source to say it, in milliseconds: traders can be listed and kept while it can't be reached. */
const PATIENCE_MS = 1_000;

/** An answer that was asked for, at a time of the stopwatch. */
interface Asked<Answer> {
  readonly at: number;
  readonly reading: Promise<Answer | undefined>;
}

/** What a source offers, market by market, as it is known: read when it is wanted, believed for a while. */
export class KnownOffer {
  readonly #source: Pick<MarketDataSource, "markets" | "offer">;
  readonly #clock: Pick<Clock, "sleep">;
  readonly #stopwatch: Stopwatch;
  /** By market, at most as many as there are; undefined for the first one. */
  readonly #offers: Map<MarketId | undefined, Asked<MarketOffer>> = new Map();
  readonly #markets: Map<"all", Asked<readonly MarketId[]>> = new Map();

  constructor(source: Pick<MarketDataSource, "markets" | "offer">, clock: Pick<Clock, "sleep">, stopwatch: Stopwatch) {
    this.#source = source;
    this.#clock = clock;
    this.#stopwatch = stopwatch;
  }

  /** What the source has of a market, its first one unless said; undefined while it isn't known. Never rejects. */
  async get(market?: MarketId): Promise<MarketOffer | undefined> {
    return await this.#known(this.#offers, market, () => this.#source.offer(market));
  }

  /** The source's markets, the first one first; undefined while they aren't known. Never rejects. */
  async markets(): Promise<readonly MarketId[] | undefined> {
    return await this.#known(this.#markets, "all", async () => (await this.#source.markets?.()) ?? ONE_MARKET);
  }

  async #known<Key, Answer>(
    known: Map<Key, Asked<Answer>>,
    key: Key,
    ask: () => Promise<Answer | undefined>,
  ): Promise<Answer | undefined> {
    const now = this.#stopwatch();
    let asked = known.get(key);
    if (asked === undefined || now - asked.at >= BELIEVED_MS) {
      const anew: Asked<Answer> = { at: now, reading: ask().catch(() => undefined) };
      asked = anew;
      known.set(key, anew);
      // What isn't known is asked for again.
      void anew.reading.then((answer) => {
        if (answer === undefined && known.get(key) === anew) known.delete(key);
      });
    }
    const waiting = new AbortController();
    const patience = this.#clock.sleep(millis(PATIENCE_MS), waiting.signal).then(
      () => undefined,
      () => undefined,
    );
    try {
      return await Promise.race([asked.reading, patience]);
    } finally {
      waiting.abort();
    }
  }
}
