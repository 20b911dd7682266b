import { type Clock, closeTimeOf, INTERVALS, type Interval, type UnixMs } from "../../core/mod.ts";
import type { MarketDataSource } from "../../traders/mod.ts";
import type { ClosesAnswer } from "../../wire/mod.ts";

/** How long what a source said of its closes is believed, in milliseconds. */
const BELIEVED_MS = 10_000;

/** The shortest interval that a source has a close of. */
export function shortestIn(closes: ClosesAnswer["intervals"]): Interval | undefined {
  return INTERVALS.find((interval) => closes[interval] !== undefined);
}

/**
 * Until when a source knows its market: the end of the candle that follows its last close. The newest candle of a longer
 * interval doesn't tell that, as it is open, and may be for days, whether anything reaches it or not.
 */
export class KnownUntil {
  readonly #market: MarketDataSource;
  readonly #clock: Clock;
  #asked: { readonly at: UnixMs; readonly until: Promise<number> } | undefined;

  constructor(market: MarketDataSource, clock: Clock) {
    this.#market = market;
    this.#clock = clock;
  }

  /** In Unix milliseconds; without end where the source can't say. */
  async get(whom: string | undefined): Promise<number> {
    const now = this.#clock.now();
    if (this.#asked === undefined || now - this.#asked.at >= BELIEVED_MS) {
      this.#asked = { at: now, until: this.#ask(whom) };
    }
    return await this.#asked.until;
  }

  async #ask(whom: string | undefined): Promise<number> {
    const closes = await this.#market.closes(whom).catch(() => ({}) as ClosesAnswer["intervals"]);
    const shortest = shortestIn(closes);
    const last = shortest === undefined ? undefined : closes[shortest]?.closeTime;
    if (shortest === undefined || last === undefined) return Number.POSITIVE_INFINITY;
    return closeTimeOf(shortest, last + 1);
  }
}
