import { type Client, ClientError, type ClientOptions, comparison } from "../client/mod.ts";
import { type Interval, InvalidInput, type MarketId, type Symbol } from "../core/mod.ts";
import type { HorizonFigures } from "../strategy/mod.ts";
import { MAX_COMPARED_SIGNALS, stretchesOf } from "../wire/mod.ts";
import { mostCloses } from "./performance-bounds.ts";
import type { PerformanceAsked, PerformanceAsker, PerformanceFound, PerformanceSource } from "./ports.ts";

/** For the server, those that were delisted lately count among a market's symbols, too: as many as this share, at most. */
const DELISTED_SHARE = 0.1;

/** Performances as a server computes them, which has the candles. */
export class ClientPerformances implements PerformanceSource {
  readonly mostSignals: number = MAX_COMPARED_SIGNALS;
  readonly #client: Client;
  readonly #options: ClientOptions;

  /** `options`: as of the client. */
  constructor(client: Client, options: ClientOptions) {
    this.#client = client;
    this.#options = options;
  }

  async mostCloses(market: MarketId, interval: Interval, symbols: readonly Symbol[] | null): Promise<number> {
    const count =
      symbols?.length ?? Math.ceil((await this.#client.symbols({ market })).symbols.length * (1 + DELISTED_SHARE));
    return mostCloses(count, interval);
  }

  async performance(asked: PerformanceAsked, { signal }: PerformanceAsker): Promise<PerformanceFound> {
    const { market, interval, symbols, signals, feesPercent } = asked;
    const closes = stretchesOf(interval, asked.closes);
    const request = { market, interval, symbols, closes, signals, feesPercent };
    try {
      const found = await comparison(this.#options, request, { signal: signal as AbortSignal });
      return { ...found, outcomes: found.outcomes as readonly HorizonFigures[] };
    } catch (cause) {
      if (!(cause instanceof ClientError) || cause.retryable) throw cause;
      throw new InvalidInput(`the server doesn't compute it: ${cause.message}`, { cause });
    }
  }
}
