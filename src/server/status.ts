import { type FeedStatus, type Millis, millis, type UnixMs, unreachable } from "../core/mod.ts";
import type { CheckpointStatus, MarketStore } from "../store/mod.ts";
import type { HealthAnswer, ReadyAnswer } from "../wire/mod.ts";

/** How old the last kline or ticker that was accepted may be before the server calls itself degraded, unless said otherwise. */
export const DEFAULT_STALE_AFTER_MS: Millis = millis(10_000);

/** How long a count of complete series serves, in milliseconds: counting 3,000 of them takes about one. */
const COVERAGE_FOR_MS = 500;

/** How many symbols that can't be read whole are named; the rest is counted. */
const MAX_TOLD_TROUBLES = 5;

/** What the server is told about itself. */
export interface StatusSources {
  readonly store: MarketStore;
  readonly feed: () => FeedStatus;
  /** Undefined where no checkpoints are kept. */
  readonly checkpoint: () => CheckpointStatus | undefined;
  readonly now: () => UnixMs;
  readonly version: string;
  readonly staleAfterMs: Millis;
  /** In words, what else is wrong though the server goes on. */
  readonly faults: () => readonly string[];
}

/** What `/health` and `/ready` say, and why. */
export class ServerStatus {
  readonly #sources: StatusSources;
  readonly #startedAt: UnixMs;
  #stopping = false;
  #coverage = { complete: 0, total: 0 };
  #coverageAt = Number.NEGATIVE_INFINITY;

  constructor(sources: StatusSources) {
    this.#sources = sources;
    this.#startedAt = sources.now();
  }

  /** From now on the server isn't ready. */
  stopping(): void {
    this.#stopping = true;
  }

  health(): HealthAnswer {
    const { store, version } = this.#sources;
    const feed = this.#sources.feed();
    const now = this.#sources.now();
    const coverage = this.coverage(now);
    const reasons = this.#reasons(feed, now, coverage);
    const starting = feed.state === "connecting" || feed.state === "warming";
    return {
      status: reasons.length === 0 ? "ok" : starting ? "starting" : "degraded",
      reasons,
      version,
      uptimeSeconds: Math.floor((now - this.#startedAt) / 1_000),
      source: feed.source,
      symbols: store.symbols().length,
      intervals: store.served,
      series: coverage.total,
      capacity: store.capacity,
      feed: {
        state: feed.state,
        connections: feed.connections,
        lastEventAgeMs: feed.lastEventAt === undefined ? null : Math.max(0, now - feed.lastEventAt),
        silentForMs: this.silentForMs(feed, now),
        marketLagMs: feed.marketLagMs ?? null,
        clockOffsetMs: feed.clockOffsetMs ?? null,
      },
      coverage,
      checkpoint: this.#checkpoint(now),
    };
  }

  /** Ready: warm, connected, fresh and not on the way out. A hole that the exchange itself has doesn't make a server unready. */
  ready(): ReadyAnswer {
    const feed = this.#sources.feed();
    const reasons = this.#feedReasons(feed, this.#sources.now());
    if (this.#stopping) reasons.unshift("the server is shutting down");
    return reasons.length === 0 ? { ready: true } : { ready: false, reasons };
  }

  /** Whether the feed is live: connected and heard, with nothing of it silent. */
  get isFresh(): boolean {
    return this.#feedReasons(this.#sources.feed(), this.#sources.now()).length === 0;
  }

  /**
   * How long the exchange has said nothing of the market, in local milliseconds: since the last kline or ticker that was
   * accepted, since the connect where none was, since the start where none was ever connected.
   */
  silentForMs(feed: FeedStatus, now: number): number {
    return Math.max(0, now - (feed.lastEventAt ?? feed.connectedAt ?? this.#startedAt));
  }

  #reasons(feed: FeedStatus, now: UnixMs, coverage: { complete: number; total: number }): string[] {
    const reasons = this.#feedReasons(feed, now);
    const incomplete = coverage.total - coverage.complete;
    if (incomplete > 0) reasons.push(`${incomplete} of ${coverage.total} series have holes or are in doubt`);
    const { troubles = [] } = feed;
    for (const { symbol, reason } of troubles.slice(0, MAX_TOLD_TROUBLES)) reasons.push(`${symbol}: ${reason}`);
    if (troubles.length > MAX_TOLD_TROUBLES) {
      reasons.push(`${troubles.length - MAX_TOLD_TROUBLES} more symbols can't be read whole either`);
    }
    const fault = this.#sources.checkpoint()?.fault;
    if (fault !== undefined) reasons.push(`checkpoints can't be written: ${fault}`);
    return [...reasons, ...this.#sources.faults()];
  }

  #checkpoint(now: UnixMs): HealthAnswer["checkpoint"] {
    const status = this.#sources.checkpoint();
    if (status === undefined) return null;
    const { lastWrittenAt, bytes, milliseconds, failures } = status;
    const ageMs = lastWrittenAt === undefined ? null : Math.max(0, now - lastWrittenAt);
    return { ageMs, bytes, writtenInMs: milliseconds, failures };
  }

  #feedReasons(feed: FeedStatus, now: UnixMs): string[] {
    const reasons = stateReasons(feed);
    const silentForMs = this.silentForMs(feed, now);
    if (silentForMs > this.#sources.staleAfterMs) {
      reasons.push(`the exchange has said nothing for ${Math.round(silentForMs / 1_000)} s`);
    }
    reasons.push(...(feed.silences ?? []));
    if (reasons.length === 0 && feed.state === "silent") reasons.push("the exchange says nothing");
    return reasons;
  }

  /** How many series are complete, counted again if the last count is old. */
  coverage(now: UnixMs): { complete: number; total: number } {
    if (now - this.#coverageAt < COVERAGE_FOR_MS) return this.#coverage;
    this.#coverageAt = now;
    this.#coverage = this.#sources.store.coverage();
    return this.#coverage;
  }
}

function stateReasons(feed: FeedStatus): string[] {
  switch (feed.state) {
    case "live":
    // What is silent is said apart, with its age.
    case "silent":
      return [];
    case "connecting":
      return ["the exchange hasn't been reached yet"];
    case "warming":
      return [feed.lastEventAt === undefined ? "nothing of the market has come yet" : "history is being read"];
    case "disconnected":
      return [`a connection to the exchange is lost (${feed.connections} up)`];
    case "ended":
      return ["the feed has ended"];
    default:
      return unreachable(feed.state);
  }
}
