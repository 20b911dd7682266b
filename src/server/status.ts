import {
  countOf,
  type FeedStatus,
  type Millis,
  millis,
  type Stopwatch,
  type UnixMs,
  unreachable,
  type WarmUp,
} from "../core/mod.ts";
import type { CheckpointStatus, MarketStore } from "../store/mod.ts";
import type { DatabaseHealth } from "../traders/mod.ts";
import type { HealthAnswer, ReadyAnswer, ServingAnswer } from "../wire/mod.ts";

/** How old the last kline or ticker that was accepted may be before the server calls itself degraded, unless said otherwise. */
export const DEFAULT_STALE_AFTER_MS: Millis = millis(10_000);

/**
 * How long a count of complete series serves, and what else is wrong, in milliseconds: counting 3,000 of them takes about half a
 * millisecond, and some faults are looked up on the disk.
 */
const KNOWN_FOR_MS = 500;

/** How long the answer serves to whether data is stale, in milliseconds: each answer about the market needs it. */
const STALENESS_FOR_MS = 100;

/**
 * From so many milliseconds after its start on, a server serves what it has though it has never been ready. Until then it is probably
 * about to be, and other servers are better.
 */
const SERVES_ANYWAY_AFTER_MS = 60_000;

/** How many symbols that can't be read whole are named; the rest is counted. */
const MAX_TOLD_TROUBLES = 5;

/** Where the status comes from. */
export interface StatusSources {
  readonly store: MarketStore;
  readonly feed: () => FeedStatus;
  /** Undefined where no checkpoints are kept. */
  readonly checkpoint: () => CheckpointStatus | undefined;
  readonly now: () => UnixMs;
  readonly stopwatch: Stopwatch;
  readonly version: string;
  readonly commit: string;
  readonly staleAfterMs: Millis;
  /** Undefined where no database is used. */
  readonly database: () => DatabaseHealth | undefined;
  /** In words, what else is wrong though the server goes on. */
  readonly faults: () => readonly string[];
}

/** What `/health`, `/ready` and `/serving` answer, and why. */
export class ServerStatus {
  readonly #sources: StatusSources;
  /** By the stopwatch. */
  readonly #startedAt: number;
  #stopping = false;
  #wasReady = false;
  readonly #coverage: Lately<{ complete: number; total: number }>;
  readonly #faults: Lately<readonly string[]>;
  readonly #staleSeconds: Lately<number | undefined>;

  constructor(sources: StatusSources) {
    this.#sources = sources;
    const lately = <Value>(find: () => Value, forMs: number = KNOWN_FOR_MS) =>
      new Lately(sources.stopwatch, find, forMs);
    this.#coverage = lately(() => sources.store.coverage());
    this.#faults = lately(sources.faults);
    this.#staleSeconds = lately(() => this.#computeStaleSeconds(), STALENESS_FOR_MS);
    this.#startedAt = sources.stopwatch();
  }

  /** Whether {@link stopping} was called. */
  get isStopping(): boolean {
    return this.#stopping;
  }

  /** From now on the server is neither ready nor serving. */
  stopping(): void {
    this.#stopping = true;
  }

  health(): HealthAnswer {
    const { store, version, commit, stopwatch } = this.#sources;
    const feed = this.#sources.feed();
    const now = this.#sources.now();
    const coverage = this.coverage();
    const reasons = this.#reasons(feed, coverage);
    const starting = feed.state === "connecting" || feed.state === "warming";
    return {
      status: reasons.length === 0 ? "ok" : starting ? "starting" : "degraded",
      reasons,
      version,
      commit,
      uptimeSeconds: Math.floor((stopwatch() - this.#startedAt) / 1_000),
      source: feed.source,
      symbols: store.symbols().length,
      intervals: store.served,
      series: coverage.total,
      capacity: store.capacity,
      feed: {
        state: feed.state,
        connections: feed.connections,
        lastEventAgeMs: feed.lastEventAt === undefined ? null : Math.max(0, now - feed.lastEventAt),
        silentForMs: Math.round(feed.silentForMs),
        marketLagMs: rounded(feed.marketLagMs),
        clockOffsetMs: rounded(feed.clockOffsetMs),
      },
      coverage,
      checkpoint: this.#checkpoint(now),
      database: this.#database(now),
    };
  }

  /** Ready: warm, connected, fresh and not on the way out. A hole that the exchange itself has doesn't make a server unready. */
  ready(): ReadyAnswer {
    const feed = this.#sources.feed();
    const reasons = this.#feedReasons(feed);
    if (this.#stopping) reasons.unshift("the server is shutting down");
    return reasons.length === 0 ? { ready: true } : { ready: false, reasons };
  }

  /**
   * Serving: the server has klines, current or not, and isn't shutting down. After a start, it is also ready first,
   * unless that takes longer than {@link SERVES_ANYWAY_AFTER_MS}.
   */
  serving(): ServingAnswer {
    const reasons: string[] = [];
    if (this.#stopping) reasons.push("the server is shutting down");
    if (!this.#sources.store.hasKlines) reasons.push("there are no klines yet");
    const feedReasons = this.#feedReasons(this.#sources.feed());
    const isNew = this.#sources.stopwatch() - this.#startedAt < SERVES_ANYWAY_AFTER_MS;
    if (!this.#wasReady && isNew) reasons.push(...feedReasons.map((reason) => `the server is starting: ${reason}`));
    return reasons.length === 0
      ? { serving: true, staleSeconds: this.staleSeconds ?? null }
      : { serving: false, reasons };
  }

  /**
   * Whole seconds since market data last arrived, while data isn't current; undefined while it is. After a start from a checkpoint it
   * counts from the checkpoint's newest data.
   */
  get staleSeconds(): number | undefined {
    return this.#staleSeconds.value;
  }

  /** Whether the feed is live: connected and heard, with nothing of it silent. */
  get isFresh(): boolean {
    return this.#feedReasons(this.#sources.feed()).length === 0;
  }

  #computeStaleSeconds(): number | undefined {
    const feed = this.#sources.feed();
    if (this.#feedReasons(feed).length === 0) return undefined;
    const { marketTime } = this.#sources.store;
    const isFromCheckpoint = feed.lastEventAt === undefined && marketTime > 0;
    const ms = isFromCheckpoint ? this.#sources.now() - marketTime : feed.silentForMs;
    return Math.max(0, Math.floor(ms / 1_000));
  }

  #reasons(feed: FeedStatus, coverage: { complete: number; total: number }): string[] {
    const reasons = this.#feedReasons(feed);
    const incomplete = coverage.total - coverage.complete;
    if (incomplete > 0) reasons.push(`${incomplete} of ${coverage.total} series have holes or are in doubt`);
    const { troubles = [] } = feed;
    for (const { symbol, reason } of troubles.slice(0, MAX_TOLD_TROUBLES)) reasons.push(`${symbol}: ${reason}`);
    if (troubles.length > MAX_TOLD_TROUBLES) {
      reasons.push(`${troubles.length - MAX_TOLD_TROUBLES} more symbols can't be read whole either`);
    }
    const fault = this.#sources.checkpoint()?.fault;
    if (fault !== undefined) reasons.push(`checkpoints can't be written: ${fault}`);
    return [...reasons, ...this.#faults.value];
  }

  #checkpoint(now: UnixMs): HealthAnswer["checkpoint"] {
    const status = this.#sources.checkpoint();
    if (status === undefined) return null;
    const { lastWrittenAt, bytes, milliseconds, failures } = status;
    const ageMs = lastWrittenAt === undefined ? null : Math.max(0, now - lastWrittenAt);
    return { ageMs, bytes, writtenInMs: milliseconds, failures };
  }

  #database(now: UnixMs): HealthAnswer["database"] {
    const health = this.#sources.database();
    if (health === undefined) return null;
    const { fault, answeredAt, errors } = health;
    return {
      fault: fault ?? null,
      answerAgeMs: answeredAt === undefined ? null : Math.max(0, now - answeredAt),
      errors,
    };
  }

  #feedReasons(feed: FeedStatus): string[] {
    const reasons = stateReasons(feed);
    const { silentForMs } = feed;
    if (silentForMs > this.#sources.staleAfterMs) {
      reasons.push(`the exchange has said nothing for ${Math.round(silentForMs / 1_000)} s`);
    }
    reasons.push(...(feed.silences ?? []));
    if (reasons.length === 0 && feed.state === "silent") reasons.push("the exchange says nothing");
    if (reasons.length === 0) this.#wasReady = true;
    return reasons;
  }

  /** How many series are complete, counted again if the last count is old. */
  coverage(): { complete: number; total: number } {
    return this.#coverage.value;
  }
}

/** A value that is found out anew once the last one is this old, in milliseconds. */
class Lately<Value> {
  readonly #stopwatch: Stopwatch;
  readonly #find: () => Value;
  readonly #forMs: number;
  #known: { readonly value: Value; readonly at: number } | undefined;

  constructor(stopwatch: Stopwatch, find: () => Value, forMs: number) {
    this.#stopwatch = stopwatch;
    this.#find = find;
    this.#forMs = forMs;
  }

  get value(): Value {
    const at = this.#stopwatch();
    if (this.#known === undefined || at - this.#known.at >= this.#forMs) this.#known = { value: this.#find(), at };
    return this.#known.value;
  }
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
