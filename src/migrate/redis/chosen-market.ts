import {
  type Clock,
  closeTimeOf,
  INTERVALS,
  type Interval,
  openTimeOf,
  type Symbol,
  type UnixMs,
  VyxError,
} from "../../core/mod.ts";
import type { CloseRequest, KlinesRead, MarketAtClose, MarketDataSource } from "../../traders/mod.ts";
import type { ClosesAnswer, ReadFrom } from "../../wire/mod.ts";
import { firstSource, type SourceChoice } from "./source-choice.ts";

/** Fallbacks are written to the log this often at most, in milliseconds; each answer tells its own. */
const LOG_EVERY_MS = 10_000;

/** A source whose newest candle ended longer ago than this may be behind, in milliseconds. */
const BEHIND_MS = 30_000;

/** How an answer shows whether its source keeps up. Times are close times in Unix milliseconds. */
interface Timeliness<T> {
  /** The newest candle in it, 0 for none of what was wanted, undefined for nothing at all. */
  reach(answer: T): number | undefined;
  /** The candle that a source has that keeps up with the wall clock, `now` being a little ago. */
  due(answer: T, now: UnixMs): number;
}

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
    const { answer } = await this.#ask(whom, (market) => market.closes(whom), {
      reach: (closes) => newest(Object.values(closes).map(({ closeTime }) => closeTime)),
      due: (closes, now) => {
        const shortest = INTERVALS.find((interval) => closes[interval] !== undefined);
        return shortest === undefined ? now : openTimeOf(shortest, now) - 1;
      },
    });
    return answer;
  }

  async klines(symbol: Symbol, interval: Interval, limit: number, whom?: string): Promise<KlinesRead> {
    const read = (market: MarketDataSource): Promise<KlinesRead> => market.klines(symbol, interval, limit, whom);
    const { answer, reason } = await this.#ask(whom, read, {
      reach: ({ klines }) => newest(klines.slice(-1).map(({ openTime }) => closeTimeOf(interval, openTime))),
      due: (_, now) => now,
    });
    return { ...answer, readFrom: marked(answer.readFrom, reason) };
  }

  async at(close: CloseRequest): Promise<MarketAtClose> {
    const read = (market: MarketDataSource): Promise<MarketAtClose> => market.at(close);
    const { answer, reason } = await this.#ask(close.whom, read, {
      reach: ({ symbols, price }) => {
        if (symbols.length === 0) return undefined;
        return symbols.some((symbol) => price(symbol) !== undefined) ? close.closeTime : 0;
      },
      // A moment after a close its candles may be under way; the engine waits for those.
      due: (_, now) => (close.closeTime <= now ? close.closeTime : 0),
    });
    return reason === undefined ? answer : { ...answer, readFrom: marked(answer.readFrom, reason) };
  }

  /**
   * An answer that holds nothing is what a server gives that has just begun, and one that ends too early what it gives
   * while its feed is silent: the other may have more.
   */
  async #ask<T>(
    whom: string | undefined,
    read: (market: MarketDataSource) => Promise<T>,
    { reach, due }: Timeliness<T>,
  ): Promise<{ answer: T; reason?: string }> {
    const { choice, vyx, redis, clock } = this.#parts;
    const name = firstSource(choice, whom);
    const [first, second] = name === "vyx" ? [vyx, redis] : [redis, vyx];
    if (choice.source !== "vyx-then-redis") return { answer: await read(first) };
    let own: { readonly answer: T; readonly reaches: number | undefined } | undefined;
    let why: unknown;
    try {
      const answer = await read(first);
      const reaches = reach(answer);
      if (reaches !== undefined && reaches >= due(answer, (clock.now() - BEHIND_MS) as UnixMs)) return { answer };
      own = { answer, reaches };
    } catch (cause) {
      // A mistake of ours is no reason to go elsewhere.
      if (!(cause instanceof VyxError)) throw cause;
      why = cause;
    }
    try {
      const answer = await read(second);
      const reaches = reach(answer);
      if (reaches !== undefined && reaches > (own?.reaches ?? Number.NEGATIVE_INFINITY)) {
        const reason = `${name} ${own === undefined ? `failed: ${(why as VyxError).message}` : lag(own.reaches)}`;
        this.#count(reason);
        return { answer, reason };
      }
    } catch (cause) {
      if (!(cause instanceof VyxError)) throw cause;
    }
    if (own !== undefined) return { answer: own.answer };
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

function newest(closeTimes: readonly number[]): number | undefined {
  return closeTimes.length === 0 ? undefined : Math.max(...closeTimes);
}

function lag(reaches: number | undefined): string {
  if (reaches === undefined) return "has nothing yet";
  return reaches === 0 ? "doesn't have this candle yet" : `ends at ${new Date(reaches).toISOString()}`;
}

function marked(readFrom: ReadFrom, reason: string | undefined): ReadFrom {
  return reason === undefined ? readFrom : { source: readFrom.source, fallback: true, reason };
}
