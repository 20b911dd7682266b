import {
  MARKET_NAMES,
  type MarketId,
  type MarketSource,
  type Millis,
  millis,
  type Stopwatch,
  type UnixMs,
} from "../core/mod.ts";
import type { DatabaseHealth } from "../traders/mod.ts";
import type { FollowingHealth, HealthAnswer, ReadyAnswer, ServingAnswer } from "../wire/mod.ts";
import { type ClusterFigures, clusterHealth } from "./cluster-figures.ts";
import { Lately } from "./lately.ts";
import { MarketStatus, type ServedMarket } from "./market-status.ts";

/** How old the last kline or ticker that was accepted may be before the server calls itself degraded, unless said otherwise. */
export const DEFAULT_STALE_AFTER_MS: Millis = millis(10_000);

/** How long it serves what else is wrong, in milliseconds: some faults are looked up on the disk. */
const FAULTS_FOR_MS = 500;

/**
 * From so many milliseconds after its start on, a server serves what it has though it has never been ready. Until then it is probably
 * about to be, and other servers are better.
 */
const SERVES_ANYWAY_AFTER_MS = 60_000;

/** Where the status comes from. */
export interface StatusSources {
  /** The server's first market first. */
  readonly markets: readonly ServedMarket[];
  readonly now: () => UnixMs;
  readonly stopwatch: Stopwatch;
  readonly version: string;
  readonly commit: string;
  readonly staleAfterMs: Millis;
  /** Undefined where no database is used. */
  readonly database: () => DatabaseHealth | undefined;
  /** In words, what else is wrong though the server goes on. */
  readonly faults: () => readonly string[];
  /** Names this run of the server; nothing unless said. */
  readonly node?: string;
  /** Which server it follows; undefined where it follows exchanges. */
  readonly followed?: FollowedServer | undefined;
  /** How it is as a node of a cluster; undefined, or gives undefined, where it is in none. */
  readonly cluster?: (() => ClusterFigures | undefined) | undefined;
}

/** The server that this one follows. */
export interface FollowedServer {
  /** Host and port. */
  readonly host: string;
  /** The nodes that the data passed, the nearest first; empty until it answered. */
  path(): readonly string[];
}

/**
 * What `/health`, `/ready` and `/serving` answer, and why. A server of several markets is ready when all of them are, so that what is stale
 * never looks fresh, and serves while any has klines. `/ready?market=` asks for one.
 */
export class ServerStatus {
  readonly #sources: StatusSources;
  /** The first one first; there is one at least. */
  readonly markets: readonly MarketStatus[];
  /** By the stopwatch. */
  readonly #startedAt: number;
  #stopping = false;
  readonly #faults: Lately<readonly string[]>;

  constructor(sources: StatusSources) {
    this.#sources = sources;
    this.markets = sources.markets.map((market) => new MarketStatus(market, sources));
    this.#faults = new Lately(sources.stopwatch, sources.faults, FAULTS_FOR_MS);
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

  /** `seesHosts`: whether the caller may know the addresses of other servers. */
  health(seesHosts = false): HealthAnswer {
    const { node = "", version, commit, stopwatch } = this.#sources;
    const cluster = this.#sources.cluster?.();
    const now = this.#sources.now();
    const markets = this.markets.map((market) => market.health());
    const [first] = markets;
    const [firstStatus] = this.markets;
    if (first === undefined || firstStatus === undefined) throw new Error("a server has a market");
    const { served, capacity } = firstStatus.store;
    const reasons = [...markets.flatMap(({ market, reasons }) => this.#named(market, reasons)), ...this.#faults.value];
    const isStarting = markets.some(({ status }) => status === "starting");
    const coverage = this.coverage();
    return {
      status: reasons.length === 0 ? "ok" : isStarting ? "starting" : "degraded",
      reasons,
      version,
      commit,
      uptimeSeconds: Math.floor((stopwatch() - this.#startedAt) / 1_000),
      source: first.source,
      symbols: markets.reduce((sum, { symbols }) => sum + symbols, 0),
      intervals: served,
      series: coverage.total,
      capacity,
      feed: first.feed,
      coverage,
      checkpoint: first.checkpoint,
      database: this.#database(now),
      markets,
      node,
      following: this.#following(markets, seesHosts),
      cluster: cluster === undefined ? null : clusterHealth(cluster),
    };
  }

  #following(markets: HealthAnswer["markets"], seesHosts: boolean): FollowingHealth | null {
    const { followed } = this.#sources;
    if (followed === undefined) return null;
    const lags = markets.flatMap(({ feed }) => feed.marketLagMs ?? []);
    return {
      upstream: seesHosts ? followed.host : null,
      path: followed.path(),
      behindMs: lags.length === markets.length ? Math.max(...lags) : null,
    };
  }

  /** Where the data of a market comes from; undefined where nobody has said yet. */
  source(market: MarketId): MarketSource | undefined {
    return this.markets.find((one) => one.market === market)?.source;
  }

  /**
   * Ready: warm, connected, fresh and not on the way out; all markets, or the one that is asked for. A hole that the exchange itself has
   * doesn't make a server unready.
   */
  ready(market?: MarketId): ReadyAnswer {
    const asked = this.markets.filter((one) => market === undefined || one.market === market);
    const reasons = asked.flatMap((one) => this.#named(one.market, one.feedReasons()));
    const cluster = this.#sources.cluster?.();
    if (cluster?.role === "serve" && !cluster.isConnected) reasons.unshift("NATS is away");
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
    if (!this.markets.some(({ store }) => store.hasKlines)) reasons.push("there are no klines yet");
    const isNew = this.#sources.stopwatch() - this.#startedAt < SERVES_ANYWAY_AFTER_MS;
    for (const market of this.markets) {
      const feedReasons = market.feedReasons();
      if (market.wasReady || !isNew) continue;
      reasons.push(...this.#named(market.market, feedReasons).map((reason) => `the server is starting: ${reason}`));
    }
    return reasons.length === 0
      ? { serving: true, staleSeconds: this.staleSeconds() ?? null }
      : { serving: false, reasons };
  }

  /**
   * Whole seconds since data of these markets last arrived, of all unless said, by the one that waits longest; undefined while all of
   * them are current.
   */
  staleSeconds(markets?: ReadonlySet<MarketId>): number | undefined {
    let most: number | undefined;
    for (const { market, staleSeconds } of this.markets) {
      if (staleSeconds === undefined || markets?.has(market) === false) continue;
      most = Math.max(most ?? 0, staleSeconds);
    }
    return most;
  }

  /** Whether a market's feed is live: connected and heard, with nothing of it silent. */
  isFresh(market: MarketId): boolean {
    return this.markets.find((one) => one.market === market)?.feedReasons().length === 0;
  }

  /** How many series of all markets, or of one, are complete, counted again if the last count is old. */
  coverage(of?: MarketId): { complete: number; total: number } {
    const sum = { complete: 0, total: 0 };
    for (const { market, coverage } of this.markets) {
      if (of !== undefined && of !== market) continue;
      sum.complete += coverage.complete;
      sum.total += coverage.total;
    }
    return sum;
  }

  /** Where there are several markets, each reason says whose it is. */
  #named(market: MarketId, reasons: readonly string[]): string[] {
    if (this.markets.length === 1) return [...reasons];
    return reasons.map((reason) => `${MARKET_NAMES[market]}: ${reason}`);
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
}
