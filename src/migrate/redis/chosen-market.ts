import {
  type Clock,
  closeTimeOf,
  INTERVALS,
  type Interval,
  type MarketId,
  marketOf,
  openTimeOf,
  type Symbol,
  type UnixMs,
  VyxError,
  withoutAddresses,
} from "../../core/mod.ts";
import {
  type CloseRequest,
  type KlinesRead,
  type MarketAtClose,
  type MarketDataSource,
  type MarketOffer,
  ONE_MARKET,
} from "../../traders/mod.ts";
import type { ClosesAnswer, ReadFrom } from "../../wire/mod.ts";
import { KnownUntil, shortestIn } from "./known-until.ts";
import { firstSource, type SourceChoice, type SourceName } from "./source-choice.ts";

/** Fallbacks are written to the log this often at most, in milliseconds; each answer tells its own. */
const LOG_EVERY_MS = 10_000;

/** A source that knows its market until longer ago than this may be behind, in milliseconds. */
const BEHIND_MS = 30_000;

/** How an answer shows whether its source keeps up. Times are close times in Unix milliseconds. */
interface Timeliness<T> {
  /** Until when the answer tells of the market, 0 where it has nothing of what was wanted, undefined for nothing at all. */
  reach(answer: T, of: SourceName): Promise<number | undefined> | number | undefined;
  /** Until when that of a source tells which keeps up with the wall clock, `recent` being a little ago. */
  due(answer: T, recent: UnixMs): number;
  /** What is best of both, where one goes further; the other's alone unless said. */
  join?(own: T, other: T): T;
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
  readonly #knownUntil: Readonly<Record<SourceName, KnownUntil>>;
  #fallbacks = 0;
  #loggedAt = Number.NEGATIVE_INFINITY;

  constructor(parts: ChosenMarketParts) {
    this.#parts = parts;
    const { vyx, redis, clock } = parts;
    this.#knownUntil = { vyx: new KnownUntil(vyx, clock), redis: new KnownUntil(redis, clock) };
  }

  /** Answers since the start that another source should have given. */
  get fallbacks(): number {
    return this.#fallbacks;
  }

  /** Those of the server: Redis has Binance spot alone. */
  async markets(): Promise<readonly MarketId[]> {
    return (await this.#parts.vyx.markets?.()) ?? ONE_MARKET;
  }

  async closes(whom?: string, market?: MarketId): Promise<ClosesAnswer["intervals"]> {
    if (!mayBeInRedis(market)) return await this.#parts.vyx.closes(whom, market);
    const { answer } = await this.#ask(whom, (source) => source.closes(whom, market), {
      reach: (closes) => newest(Object.values(closes).map(({ closeTime }) => closeTime)),
      due: (closes, recent) => {
        const shortest = shortestIn(closes);
        return shortest === undefined ? recent : openTimeOf(shortest, recent) - 1;
      },
      join: newestOfBoth,
    });
    return answer;
  }

  async klines(symbol: Symbol, interval: Interval, limit: number, whom?: string): Promise<KlinesRead> {
    const read = (market: MarketDataSource): Promise<KlinesRead> => market.klines(symbol, interval, limit, whom);
    if (!mayBeInRedis(marketOf(symbol))) return await read(this.#parts.vyx);
    const isShort = interval === "1s" || interval === "1m";
    const { answer, reason } = await this.#ask(whom, read, {
      reach: async ({ klines }, of) => {
        const last = klines.at(-1);
        if (last === undefined) return undefined;
        const end = closeTimeOf(interval, last.openTime);
        const recent = this.#parts.clock.now() - BEHIND_MS;
        if (isShort && end >= recent) return end;
        // Its symbol may be quiet, or its candle long: the source's closes tell whether it keeps up.
        const until = await this.#knownUntil[of].get(whom);
        if (until === Number.POSITIVE_INFINITY) return end;
        return until >= recent ? until : Math.min(end, until);
      },
      due: (_, recent) => recent,
    });
    return { ...answer, readFrom: marked(answer.readFrom, reason) };
  }

  /** What either source has, once that is known of both. */
  async offer(market?: MarketId): Promise<MarketOffer | undefined> {
    const { vyx, redis } = this.#parts;
    if (!mayBeInRedis(market)) return await vyx.offer(market);
    const [ours, theirs] = await Promise.all([vyx.offer(market), redis.offer(market)]);
    if (ours === undefined || theirs === undefined) return undefined;
    const has = (interval: Interval): boolean => [ours, theirs].some(({ intervals }) => intervals.includes(interval));
    return { intervals: INTERVALS.filter(has), symbols: new Set([...ours.symbols, ...theirs.symbols]) };
  }

  async at(close: CloseRequest): Promise<MarketAtClose> {
    const read = (market: MarketDataSource): Promise<MarketAtClose> => market.at(close);
    if (!mayBeInRedis(close.market)) return await read(this.#parts.vyx);
    const { answer, reason } = await this.#ask(close.whom, read, {
      reach: (market) => reachOf(market, close),
      due: (_, recent) => dueOf(close, recent),
    });
    if (reason !== undefined) return { ...answer, readFrom: marked(answer.readFrom, reason) };
    const { choice } = this.#parts;
    if (answer.onServer === undefined || choice.source !== "vyx-then-redis") return answer;
    return { ...answer, onServer: { ...answer.onServer, elsewhere: (cause) => this.#elsewhere(close, cause) } };
  }

  /** Redis' market, when the server has reached the close but failed to screen it, or turned out to have no candle of it. */
  async #elsewhere(close: CloseRequest, cause: VyxError | undefined): Promise<MarketAtClose | undefined> {
    const { redis, clock } = this.#parts;
    if (cause === undefined && dueOf(close, (clock.now() - BEHIND_MS) as UnixMs) === 0) return undefined;
    try {
      const market = await redis.at(close);
      const reaches = reachOf(market, close);
      if (reaches === undefined || (cause === undefined && reaches === 0)) return undefined;
      const reason = `vyx ${cause === undefined ? lag(0) : `failed: ${cause.message}`}`;
      this.#count(reason);
      return { ...market, readFrom: marked(market.readFrom, reason) };
    } catch (failure) {
      if (!(failure instanceof VyxError)) throw failure;
      return undefined;
    }
  }

  /**
   * An answer that holds nothing is what a server gives that has just begun, and one that ends too early what it gives
   * while its feed is silent: the other may have more.
   */
  async #ask<T>(
    whom: string | undefined,
    read: (market: MarketDataSource) => Promise<T>,
    { reach, due, join }: Timeliness<T>,
  ): Promise<{ answer: T; reason?: string }> {
    const { choice, vyx, redis, clock } = this.#parts;
    const name = firstSource(choice, whom);
    const otherName = name === "vyx" ? "redis" : "vyx";
    const [first, second] = name === "vyx" ? [vyx, redis] : [redis, vyx];
    if (choice.source !== "vyx-then-redis") return { answer: await read(first) };
    let own: { readonly answer: T; readonly reaches: number | undefined } | undefined;
    let why: unknown;
    try {
      const answer = await read(first);
      const reaches = await reach(answer, name);
      if (reaches !== undefined && reaches >= due(answer, (clock.now() - BEHIND_MS) as UnixMs)) return { answer };
      own = { answer, reaches };
    } catch (cause) {
      // A mistake of ours is no reason to go elsewhere.
      if (!(cause instanceof VyxError)) throw cause;
      why = cause;
    }
    try {
      const answer = await read(second);
      const reaches = await reach(answer, otherName);
      if (reaches !== undefined && reaches > (own?.reaches ?? Number.NEGATIVE_INFINITY)) {
        const reason = `${name} ${own === undefined ? `failed: ${(why as VyxError).message}` : lag(own.reaches)}`;
        this.#count(reason);
        return { answer: own === undefined || join === undefined ? answer : join(own.answer, answer), reason };
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

/** The collector writes one market into Redis. */
function mayBeInRedis(market: MarketId | undefined): boolean {
  return market === undefined || ONE_MARKET.includes(market);
}

/** As {@link Timeliness.reach}, of a market at a close. */
function reachOf({ symbols, price, onServer }: MarketAtClose, close: CloseRequest): number | undefined {
  // Of those that were named, none may trade now: a source that has none of their candles has no more to tell.
  if (symbols.length === 0) return close.symbols === null ? undefined : 0;
  const hasClose = onServer?.hasClose ?? symbols.some((symbol) => price(symbol) !== undefined);
  return hasClose ? close.closeTime : 0;
}

/** A moment after a close its candles may be under way; the engine waits for those. */
function dueOf({ closeTime }: CloseRequest, recent: UnixMs): number {
  return closeTime <= recent ? closeTime : 0;
}

function newest(closeTimes: readonly number[]): number | undefined {
  return closeTimes.length === 0 ? undefined : Math.max(...closeTimes);
}

/** Of each interval the newer close. */
function newestOfBoth(own: ClosesAnswer["intervals"], other: ClosesAnswer["intervals"]): ClosesAnswer["intervals"] {
  const joined = { ...other };
  for (const interval of INTERVALS) {
    const [mine, theirs] = [own[interval], other[interval]];
    if (mine !== undefined && (theirs === undefined || mine.closeTime >= theirs.closeTime)) joined[interval] = mine;
  }
  return joined;
}

function lag(reaches: number | undefined): string {
  if (reaches === undefined) return "has nothing yet";
  return reaches === 0 ? "doesn't have this candle yet" : `ends at ${new Date(reaches).toISOString()}`;
}

function marked(readFrom: ReadFrom, reason: string | undefined): ReadFrom {
  return reason === undefined
    ? readFrom
    : { source: readFrom.source, fallback: true, reason: withoutAddresses(reason) };
}
