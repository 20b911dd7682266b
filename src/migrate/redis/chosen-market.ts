import { type Clock, type Interval, type Symbol, VyxError } from "../../core/mod.ts";
import type { CloseRequest, KlinesRead, MarketAtClose, MarketDataSource } from "../../traders/mod.ts";
import type { ClosesAnswer, ReadFrom } from "../../wire/mod.ts";
import { firstSource, type SourceChoice } from "./source-choice.ts";

/** Fallbacks are written to the log this often at most, in milliseconds; each answer tells its own. */
const LOG_EVERY_MS = 10_000;

/** What a chosen market is made of. */
export interface ChosenMarketParts {
  readonly choice: SourceChoice;
  readonly vyx: MarketDataSource;
  readonly redis: MarketDataSource;
  readonly clock: Clock;
  readonly warn: (message: string) => void;
}

/**
 * Two sources behind the one port. Where both are to be had (`vyx-then-redis`), what the one can't answer is asked of the
 * other; such an answer says so and why, and is counted.
 */
export class ChosenMarket implements MarketDataSource {
  readonly #parts: ChosenMarketParts;
  #fallbacks = 0;
  #loggedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: ChosenMarketParts) {
    this.#parts = parts;
  }

  /** Answers since the start that another source should have given. */
  get fallbacks(): number {
    return this.#fallbacks;
  }

  async closes(whom?: string): Promise<ClosesAnswer["intervals"]> {
    const hasSome = (closes: ClosesAnswer["intervals"]): boolean => Object.keys(closes).length > 0;
    const { answer } = await this.#ask(whom, (market) => market.closes(whom), hasSome);
    return answer;
  }

  async klines(symbol: Symbol, interval: Interval, limit: number, whom?: string): Promise<KlinesRead> {
    const read = (market: MarketDataSource): Promise<KlinesRead> => market.klines(symbol, interval, limit, whom);
    const { answer, reason } = await this.#ask(whom, read, ({ klines }) => klines.length > 0);
    return { ...answer, readFrom: marked(answer.readFrom, reason) };
  }

  async at(close: CloseRequest): Promise<MarketAtClose> {
    const read = (market: MarketDataSource): Promise<MarketAtClose> => market.at(close);
    const { answer, reason } = await this.#ask(close.whom, read, ({ symbols }) => symbols.length > 0);
    return reason === undefined ? answer : { ...answer, readFrom: marked(answer.readFrom, reason) };
  }

  /** An answer that holds nothing is what a server gives that has just begun: the other may have more. */
  async #ask<T>(
    whom: string | undefined,
    read: (market: MarketDataSource) => Promise<T>,
    hasSome: (answer: T) => boolean,
  ): Promise<{ answer: T; reason?: string }> {
    const { choice, vyx, redis } = this.#parts;
    const name = firstSource(choice, whom);
    const [first, second] = name === "vyx" ? [vyx, redis] : [redis, vyx];
    if (choice.source !== "vyx-then-redis") return { answer: await read(first) };
    let empty: T | undefined;
    let why: unknown;
    try {
      const answer = await read(first);
      if (hasSome(answer)) return { answer };
      empty = answer;
    } catch (cause) {
      // A mistake of ours is no reason to go elsewhere.
      if (!(cause instanceof VyxError)) throw cause;
      why = cause;
    }
    const reason = `${name} ${why instanceof VyxError ? `failed: ${why.message}` : "has nothing yet"}`;
    try {
      const answer = await read(second);
      if (hasSome(answer)) {
        this.#count(reason);
        return { answer, reason };
      }
    } catch (cause) {
      if (!(cause instanceof VyxError)) throw cause;
    }
    if (empty !== undefined) return { answer: empty };
    throw why;
  }

  #count(reason: string): void {
    this.#fallbacks += 1;
    const now = this.#parts.clock.now();
    if (now - this.#loggedAt < LOG_EVERY_MS) return;
    this.#loggedAt = now;
    this.#parts.warn(`market data: fell back ${this.#fallbacks} times since the start, now because ${reason}`);
  }
}

function marked(readFrom: ReadFrom, reason: string | undefined): ReadFrom {
  return reason === undefined ? readFrom : { source: readFrom.source, fallback: true, reason };
}
