import {
  type Counterpart,
  countOf,
  type ExchangePast,
  type Feed,
  type FeedStatus,
  type MarketId,
  type MarketSource,
  type Millis,
  namedAfter,
  type Stopwatch,
  type UnixMs,
  unreachable,
  type WarmUp,
} from "../core/mod.ts";
import type { CheckpointStatus, MarketStore } from "../store/mod.ts";
import type { HealthAnswer, MarketHealth } from "../wire/mod.ts";
import { feedFaults } from "./faults.ts";
import { Lately } from "./lately.ts";

/**
 * How long a count of complete series serves, in milliseconds: counting 3,000 of them takes about half a millisecond.
 */
const COUNTED_FOR_MS = 500;

/** How long the answer serves to whether data is stale, in milliseconds: each answer about the market needs it. */
const STALENESS_FOR_MS = 100;

/** How many symbols that can't be read whole are named; the rest is counted. */
const MAX_TOLD_TROUBLES = 5;

/** One market of a server: its store, the feed that fills it, and its checkpoints. */
export interface ServedMarket {
  readonly store: MarketStore;
  readonly feed: Pick<Feed, "status" | "figures">;
  /** Undefined, or gives undefined, where no checkpoints are kept. */
  readonly checkpoint?: (() => CheckpointStatus | undefined) | undefined;
  /** Names the market, see `MarketHealth`; undefined, or gives undefined, while that isn't known. */
  readonly epoch?: (() => string | undefined) | undefined;
  /** The exchange's own history, where it may be asked for klines that nobody here has; it may not unless said. */
  readonly exchangePast?: ExchangePast | undefined;
  /** What reasons call the other end of the feed; the exchange unless said. */
  readonly counterpart?: Counterpart;
}

/** What a market's status is judged by. */
export interface MarketStatusClocks {
  readonly now: () => UnixMs;
  readonly stopwatch: Stopwatch;
  /** How old the last kline or ticker that was accepted may be before the market isn't ready. */
  readonly staleAfterMs: Millis;
}

/** The condition of one market, and the reasons for it. */
export class MarketStatus {
  readonly market: MarketId;
  readonly store: MarketStore;
  readonly #served: ServedMarket;
  readonly #clocks: MarketStatusClocks;
  readonly #named: (reason: string) => string;
  #wasReady = false;
  readonly #coverage: Lately<{ complete: number; total: number }>;
  readonly #staleSeconds: Lately<number | undefined>;

  constructor(served: ServedMarket, clocks: MarketStatusClocks) {
    this.market = served.store.market;
    this.store = served.store;
    this.#served = served;
    this.#clocks = clocks;
    this.#named = namedAfter(served.counterpart);
    this.#coverage = new Lately(clocks.stopwatch, () => served.store.coverage(), COUNTED_FOR_MS);
    this.#staleSeconds = new Lately(clocks.stopwatch, () => this.#computeStaleSeconds(), STALENESS_FOR_MS);
  }

  /** How many series are complete, counted again if the last count is old. */
  get coverage(): { readonly complete: number; readonly total: number } {
    return this.#coverage.value;
  }

  /** Whether it has been ready since the start. */
  get wasReady(): boolean {
    return this.#wasReady;
  }

  /** Why it isn't live: not connected, not heard, or something of it silent. None while it is. */
  feedReasons(): readonly string[] {
    return this.#feedReasons(this.#served.feed.status());
  }

  /**
   * Whole seconds since market data last arrived, while data isn't current; undefined while it is. After a start from a checkpoint it
   * counts from the checkpoint's newest data.
   */
  get staleSeconds(): number | undefined {
    return this.#staleSeconds.value;
  }

  health(): MarketHealth {
    const { store, feed: source, checkpoint } = this.#served;
    const feed = source.status();
    const now = this.#clocks.now();
    const reasons = this.#reasons(feed);
    const starting = feed.state === "connecting" || feed.state === "warming";
    return {
      market: this.market,
      status: reasons.length === 0 ? "ok" : starting ? "starting" : "degraded",
      reasons,
      source: feed.source,
      epoch: this.#served.epoch?.() ?? "",
      marketTime: this.marketTime(feed),
      exchangeTime: feed.clockOffsetMs === undefined ? null : (Math.round(now - feed.clockOffsetMs) as UnixMs),
      intervals: store.served,
      symbols: store.symbols().length,
      coverage: this.coverage,
      feed: {
        state: feed.state,
        connections: feed.connections,
        lastEventAgeMs: feed.lastEventAt === undefined ? null : Math.max(0, now - feed.lastEventAt),
        silentForMs: Math.round(feed.silentForMs),
        marketLagMs: rounded(feed.marketLagMs),
        clockOffsetMs: rounded(feed.clockOffsetMs),
      },
      checkpoint: checkpointHealth(checkpoint?.(), now),
    };
  }

  /** Where its data comes from; undefined while the other end hasn't said. */
  get source(): MarketSource | undefined {
    const { state, source } = this.#served.feed.status();
    return state === "connecting" ? undefined : source;
  }

  /** The market's time as its feed judges it, else that of the newest event; null while neither is known. */
  marketTime(feed: FeedStatus): UnixMs | null {
    const time = feed.marketTime ?? (this.store.isTimeConfirmed ? this.store.marketTime : 0);
    return time > 0 ? (time as UnixMs) : null;
  }

  #computeStaleSeconds(): number | undefined {
    const feed = this.#served.feed.status();
    if (this.#feedReasons(feed).length === 0) return undefined;
    const { marketTime } = this.store;
    const isFromCheckpoint = feed.lastEventAt === undefined && marketTime > 0;
    const ms = isFromCheckpoint ? this.#clocks.now() - marketTime : feed.silentForMs;
    return Math.max(0, Math.floor(ms / 1_000));
  }

  #reasons(feed: FeedStatus): string[] {
    const reasons = this.#feedReasons(feed);
    const { complete, total } = this.coverage;
    if (complete < total) reasons.push(`${total - complete} of ${total} series have holes or are in doubt`);
    const { troubles = [] } = feed;
    for (const { symbol, reason } of troubles.slice(0, MAX_TOLD_TROUBLES))
      reasons.push(`${symbol}: ${this.#named(reason)}`);
    if (troubles.length > MAX_TOLD_TROUBLES) {
      reasons.push(`${troubles.length - MAX_TOLD_TROUBLES} more symbols can't be read whole either`);
    }
    const fault = this.#served.checkpoint?.()?.fault;
    const faults = feedFaults(this.#served.feed.figures?.(), this.#clocks.now()).map(this.#named);
    if (fault !== undefined) reasons.push(`checkpoints can't be written: ${fault}`);
    return [...reasons, ...faults];
  }

  #feedReasons(feed: FeedStatus): string[] {
    const reasons = stateReasons(feed);
    const { silentForMs } = feed;
    if (silentForMs > this.#clocks.staleAfterMs) {
      reasons.push(`the exchange has said nothing for ${Math.round(silentForMs / 1_000)} s`);
    }
    reasons.push(...(feed.silences ?? []));
    if (reasons.length === 0 && feed.state === "silent") reasons.push("the exchange says nothing");
    if (reasons.length === 0) this.#wasReady = true;
    return reasons.map(this.#named);
  }
}

function checkpointHealth(status: CheckpointStatus | undefined, now: UnixMs): HealthAnswer["checkpoint"] {
  if (status === undefined) return null;
  const { lastWrittenAt, bytes, milliseconds, failures } = status;
  const ageMs = lastWrittenAt === undefined ? null : Math.max(0, now - lastWrittenAt);
  return { ageMs, bytes, writtenInMs: milliseconds, failures };
}

/** How far the start is, and for how long the exchange's request limit makes it wait. */
function warmUpReason(warmUp: WarmUp | undefined): string {
  if (warmUp === undefined || warmUp.total === 0) return "history is being read";
  const { done, total, remainingMs } = warmUp;
  const read = `history is being read: ${done} of ${countOf(total, "symbol")}`;
  return remainingMs < 1_000
    ? read
    : `${read}; the exchange's request limit allows the rest within ${Math.ceil(remainingMs / 1_000)} s`;
}

/**
 * That the exchange wasn't reached yet, and for how long its request limit doesn't allow to ask. Once the list of symbols has come, only the
 * streams haven't been reached, and those have nothing to do with that limit.
 */
function unreachedReason(warmUp: WarmUp | undefined): string {
  const reason = "the exchange hasn't been reached yet";
  if (warmUp === undefined || warmUp.total > 0 || warmUp.remainingMs < 1_000) return reason;
  return `${reason}; its request limit allows the next request in ${Math.ceil(warmUp.remainingMs / 1_000)} s`;
}

function stateReasons(feed: FeedStatus): string[] {
  switch (feed.state) {
    case "live":
    // What is silent is said apart, with its age.
    case "silent":
      return [];
    case "connecting":
      return [unreachedReason(feed.warmUp)];
    case "warming":
      return [
        ...(feed.lastEventAt === undefined ? ["nothing of the market has come yet"] : []),
        warmUpReason(feed.warmUp),
      ];
    case "disconnected":
      return [`a connection to the exchange is lost (${feed.connections} up)`];
    case "ended":
      return ["the feed has ended"];
    default:
      return unreachable(feed.state);
  }
}

/** Whole milliseconds: a stopwatch counts in fractions. */
function rounded(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.round(ms);
}
