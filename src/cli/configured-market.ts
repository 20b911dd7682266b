import { join } from "node:path";
import type { Logger } from "pino";
import type { ClusterMarket, ClusterNode } from "../cluster/mod.ts";
import {
  BARE_MARKET,
  countOf,
  exchangeNameOf,
  type Feed,
  type Interval,
  InvalidInput,
  MARKET_NAMES,
  type MarketEvent,
  type MarketId,
  namedAfter,
  reasonOf,
  type StopSignal,
  withoutAddresses,
} from "../core/mod.ts";
import { type Exchange, LiveFeed, ReplayFeed } from "../feeds/mod.ts";
import type { ServedMarket } from "../server/mod.ts";
import { CheckpointKeeper, type CheckpointStatus, MarketStore, type RestoredCheckpoint } from "../store/mod.ts";
import { systemClock, systemRandom } from "./clock.ts";
import { clusterSharing } from "./configured-cluster.ts";
import { configuredFeed } from "./configured-feed.ts";
import type { ConfiguredUpstream } from "./configured-upstream.ts";
import { exchangeOf } from "./exchange-of.ts";
import { MarketEpoch } from "./market-epoch.ts";
import { firstMarket, marketSettings } from "./market-settings.ts";
import { MarketComparison } from "./same-market.ts";
import type { Settings } from "./settings.ts";
import { stopwatch } from "./stopwatch.ts";

/** What a market is made with, besides its settings. */
export interface MarketParts {
  readonly name?: string | undefined;
  /** What is followed in place of the exchange. */
  readonly upstream?: ConfiguredUpstream | undefined;
  /** The cluster that the server is a node of. */
  readonly cluster?: ClusterNode | undefined;
}

/** One market as the server runs it: a store, the feed that fills it, and its checkpoints. */
export class ConfiguredMarket implements ServedMarket {
  readonly store: MarketStore;
  readonly feed: Feed;
  readonly counterpart: ServedMarket["counterpart"];
  /** The exchange's history, where readers may ask it. */
  readonly exchangePast: ServedMarket["exchangePast"];
  readonly #log: Logger;
  readonly #named: (message: string) => string;
  readonly #upstream: ConfiguredUpstream | undefined;
  readonly #cluster: ClusterNode | undefined;
  readonly #checkpoints: CheckpointKeeper | undefined;
  readonly #epoch: MarketEpoch;
  readonly #comparison: MarketComparison | undefined;
  /** Whether it is known by now which other nodes the cluster has. */
  #hasBegun = false;

  /**
   * `name`: of the exchange's market in checkpoints; the host and path of its address unless said. Throws InvalidInput for settings that can't be
   * met, and where another server has the folder.
   */
  constructor(settings: Settings, market: MarketId, log: Logger, { name, upstream, cluster }: MarketParts = {}) {
    const exchange = exchangeOf(settings, market);
    this.#upstream = upstream;
    this.#cluster = cluster;
    this.#epoch = new MarketEpoch({
      clock: systemClock,
      random: systemRandom,
      isFollower: upstream !== undefined,
      inCluster: cluster && (() => (this.#hasBegun ? cluster.epochsOf(market) : undefined)),
    });
    this.counterpart = upstream === undefined ? undefined : "the upstream";
    const named = namedAfter(this.counterpart);
    this.#named = named;
    const chosen = marketSettings(settings, market, exchange);
    const folder = folderOf(settings, market);
    const of = settings.markets.length === 1 ? log : log.child({ market });
    this.#log = of;
    this.store = new MarketStore({
      market,
      intervals: intervalsOf(settings, market, exchange),
      capacity: settings.capacity,
    });
    this.feed = configuredFeed(settings, exchange, chosen, {
      store: this.store,
      folder,
      log: of,
      line: upstream?.lineOf(market),
      sharing: cluster === undefined ? undefined : clusterSharing(cluster, market, settings.capacity),
      named,
    });
    this.#comparison =
      upstream === undefined && this.feed instanceof LiveFeed
        ? new MarketComparison({
            store: this.store,
            past: this.feed.past,
            clock: systemClock,
            warn: (message) => of.warn(message),
            replaced: () => this.#replaced("the exchange has another market than before"),
          })
        : undefined;
    this.exchangePast = settings.historyFill && this.feed instanceof LiveFeed ? this.feed.past : undefined;
    // A recording has no history to go on from: nothing is kept of it.
    if (folder === undefined || settings.replay !== undefined) return;
    this.#checkpoints = new CheckpointKeeper({
      folder,
      every: settings.checkpointEvery,
      market: name ?? placeOf(chosen.restUrl),
      store: this.store,
      source: () => this.feed.status().source,
      epoch: {
        text: () => this.epoch(),
        restored: (text) => this.#epoch.restored(text),
        renew: () => this.#epoch.renew(),
      },
      clock: systemClock,
      stopwatch,
      log: {
        info: (message) => of.info(named(message)),
        warn: (message) => of.warn(named(message)),
        error: (message) => of.error(named(message)),
      },
    });
  }

  /** Undefined when no checkpoints are kept. */
  readonly checkpoint = (): CheckpointStatus | undefined => this.#checkpoints?.status();

  /** Names the market, see {@link MarketEpoch}. */
  readonly epoch = (): string | undefined => this.#epoch.text(this.feed.status());

  /** Reads what can be read before anything is announced. Rejects with InvalidInput when a recording can't be played. */
  async prepare(): Promise<void> {
    if (this.feed instanceof ReplayFeed) await this.feed.prepare();
    this.#checkpoints?.restore();
  }

  /** How the market is, for the nodes of a cluster. */
  inCluster(): ClusterMarket {
    return {
      store: this.store,
      state: () => {
        const { state, marketLagMs, source } = this.feed.status();
        const lagMs = marketLagMs === undefined ? null : Math.round(marketLagMs);
        // A follower knows the label of its data once it is connected. A feed of an exchange has one from the start: simulated, at an
        // address that isn't the exchange's own.
        const isUnknown = this.#upstream !== undefined && state === "connecting";
        const epoch = isUnknown ? null : (this.epoch() ?? null);
        return { isReady: state === "live", lagMs, source: isUnknown ? null : source, epoch };
      },
    };
  }

  /** Follows the market until the signal is aborted. Rejects when that can't ever work, for example because no such symbol exists. */
  async run(signal: StopSignal): Promise<void> {
    const running = this.#follow(signal);
    this.#checkpoints?.run(signal);
    await running;
  }

  /** An upstream is waited for, and has to serve what this market is to serve. */
  async #follow(signal: StopSignal): Promise<void> {
    const { market, intervals, capacity } = this.store;
    if (this.#cluster?.role === "ingest") {
      await this.#cluster.begun(signal);
      this.#hasBegun = true;
    }
    const upstream = this.#upstream;
    let begun: RestoredCheckpoint | undefined;
    if (upstream !== undefined) {
      await upstream.serves({ market, intervals, capacity }, signal);
      this.#hasBegun = true;
      this.#looked(upstream);
      upstream.onLook(() => this.#looked(upstream));
      if (!signal.aborted && this.store.symbols().length === 0) begun = await this.#begunFrom(upstream, signal);
    }
    if (signal.aborted) return;
    const sink = (event: MarketEvent): void => {
      this.#checkpoints?.hear(event);
      if (event.type === "connected") this.#compare(signal);
      if (event.type === "symbols" && begun !== undefined) {
        // Another server may answer at the address by now.
        if (this.feed.status().source !== begun.source) this.store.clear();
        begun = undefined;
      }
      this.store.apply(event);
    };
    await this.feed.run(sink, signal).catch((cause: unknown) => {
      if (!(cause instanceof InvalidInput)) throw cause;
      throw new InvalidInput(this.#named(cause.message), { cause });
    });
  }

  /** The upstream has said which market it has: what is held of another one is dropped, and asked for again. */
  #looked(upstream: ConfiguredUpstream): void {
    const epoch = upstream.epochOf(this.store.market);
    if (epoch === undefined || !this.#epoch.told(epoch)) return;
    this.#replaced("the upstream has another market than before");
    this.#epoch.told(epoch);
  }

  /** A stand-in may have begun anew while no connection was up. A real exchange has one market only. */
  #compare(signal: StopSignal): void {
    const { source, connections } = this.feed.status();
    if (exchangeNameOf(source) === undefined && connections <= 1) void this.#comparison?.connected(signal);
  }

  #replaced(why: string): void {
    this.#log.warn(`${why}: what was held of the one before is dropped`);
    if (this.#checkpoints !== undefined) this.#checkpoints.outdate(why);
    else {
      this.store.clear();
      this.#epoch.renew();
    }
    if (this.feed instanceof LiveFeed) this.feed.askForAll();
  }

  /** What the upstream has, in one answer; undefined where it gives none, and history is asked for series by series. */
  async #begunFrom(upstream: ConfiguredUpstream, signal: StopSignal): Promise<RestoredCheckpoint | undefined> {
    const began = stopwatch();
    try {
      const restored = await upstream.restore(this.store, signal);
      const what = `${countOf(restored.symbols, "symbol")} and ${countOf(restored.klines, "kline")}`;
      this.#log.info(`checkpoint: ${what} from the upstream, in ${(stopwatch() - began).toFixed(0)} ms`);
      return restored;
    } catch (cause) {
      if (!signal.aborted) {
        const reason = withoutAddresses(reasonOf(cause));
        this.#log.info(`checkpoint: none from the upstream, so its history is asked for series by series: ${reason}`);
      }
      return undefined;
    }
  }

  /** Writes the last checkpoint and lets the folder go, once the feed has ended. */
  async close(): Promise<void> {
    await this.#checkpoints?.close();
  }

  /** Lets the folder go without writing. */
  release(): void {
    this.#checkpoints?.release();
  }
}

/** Makes all markets that the settings ask for. Throws InvalidInput, and lets all folders go then. */
export function configuredMarkets(
  settings: Settings,
  log: Logger,
  firstName?: string,
  parts: Omit<MarketParts, "name"> = {},
): readonly ConfiguredMarket[] {
  const first = firstMarket(settings);
  checkMarkets(settings);
  const made: ConfiguredMarket[] = [];
  try {
    for (const market of settings.markets) {
      made.push(
        new ConfiguredMarket(settings, market, log, { ...parts, name: market === first ? firstName : undefined }),
      );
    }
  } catch (cause) {
    for (const one of made) one.release();
    throw cause;
  }
  return made;
}

/** Checks what is set for the markets. Throws InvalidInput. */
export function checkMarkets(settings: Settings): void {
  refuseUnservedMarkets(settings);
  for (const market of settings.markets) {
    marketSettings(settings, market, exchangeOf(settings, market));
    intervalsOf(settings, market, exchangeOf(settings, market));
  }
}

/** A value for a market that isn't served would be ignored. */
function refuseUnservedMarkets(settings: Settings): void {
  const { markets, symbols, quote, exchangeRest, exchangeWs } = settings;
  for (const [flag, setting] of Object.entries({
    symbols,
    quote,
    "exchange-rest": exchangeRest,
    "exchange-ws": exchangeWs,
  })) {
    const unserved = setting.markets.find((market) => !markets.includes(market));
    if (unserved !== undefined) {
      throw new InvalidInput(
        `--${flag} names ${unserved}, and --markets doesn't: expected --markets ${[...markets, unserved].join(",")} to serve ${MARKET_NAMES[unserved]}, too`,
      );
    }
  }
}

/** Not every exchange has klines of a second. Throws InvalidInput where that leaves none. */
function intervalsOf({ intervals }: Settings, market: MarketId, { facts }: Exchange): readonly Interval[] {
  const served = intervals.filter((interval) => interval !== "1s" || facts.streamed.includes("1s"));
  if (served.length > 0) return served;
  throw new InvalidInput(`--intervals: ${MARKET_NAMES[market]} has no 1s klines: expected another interval, too`);
}

/** Host and path of an address: servers behind one proxy may differ in the path alone. */
function placeOf(address: string): string {
  const { host, pathname } = new URL(address);
  return host + pathname.replace(/\/+$/, "");
}

/** The market that was there before others has the data folder itself, as it had then. */
function folderOf({ dataDir }: Settings, market: MarketId): string | undefined {
  return dataDir === undefined || market === BARE_MARKET ? dataDir : join(dataDir, market);
}
