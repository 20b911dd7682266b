import { type Client, ClientError, type ClientOptions, comparison } from "../client/mod.ts";
import { type Interval, InvalidInput, type MarketId, type Symbol } from "../core/mod.ts";
import type { HorizonFigures } from "../strategy/mod.ts";
import { stretchesOf } from "../wire/mod.ts";
import { mostCloses } from "./performance-bounds.ts";
import type { PerformanceAsked, PerformanceAsker, PerformanceFound, PerformanceSource } from "./ports.ts";

/** The most signals that a server is sent: the newest ones. */
const MAX_SIGNALS = 10_000;

/** Performances as a server computes them, which has the candles. */
export class ClientPerformances implements PerformanceSource {
  readonly #client: Client;
  readonly #options: ClientOptions;

  /** `options`: as of the client. */
  constructor(client: Client, options: ClientOptions) {
    this.#client = client;
    this.#options = options;
  }

  async mostCloses(market: MarketId, interval: Interval, symbols: readonly Symbol[] | null): Promise<number> {
    const count = symbols?.length ?? (await this.#client.symbols({ market })).symbols.length;
    return mostCloses(count, interval);
  }

  async performance(asked: PerformanceAsked, { signal }: PerformanceAsker): Promise<PerformanceFound> {
    const { market, interval, symbols, feesPercent } = asked;
    const signals = asked.signals.slice(0, MAX_SIGNALS);
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
