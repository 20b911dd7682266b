import type { MarketId, StopSignal } from "../../core/mod.ts";
import type { ClusterMarket, NodeParts } from "./cluster-market.ts";
import type { ClusterMarketStatus } from "./cluster-status.ts";
import { Fitness } from "./fitness.ts";
import { StreamKeeper } from "./keeper.ts";
import { Lease } from "./leases.ts";
import { Publisher } from "./publisher.ts";

/** The label of what comes from a market whose source isn't known yet: nobody takes it. */
const UNKNOWN_SOURCE = "unknown";

/** What an ingest node is made of, besides what every node has. */
export interface IngestingParts extends NodeParts {
  /** This node's name. */
  readonly name: string;
  /** Names this run of it. */
  readonly run: string;
  readonly markets: readonly MarketId[];
  /** Klines of a series. */
  readonly capacity: number;
  readonly isDraining: () => boolean;
  /** Whether another ingest node of a market is connected, warm and current. */
  readonly isOtherReady: (market: MarketId) => boolean;
}

/** What an ingest node does for its cluster: it publishes, keeps the streams there, and asks the exchange for history where it holds the lease. */
export class Ingesting {
  /** The right to ask the exchange for history, by market. */
  readonly leases: ReadonlyMap<MarketId, Lease>;
  readonly #parts: IngestingParts;
  #markets: readonly ClusterMarket[] = [];
  #publishers: readonly Publisher[] = [];
  #keeper: StreamKeeper | undefined;

  constructor(parts: IngestingParts) {
    this.#parts = parts;
    const { name, markets, isDraining, isOtherReady, stopwatch, log } = parts;
    const lease = (market: MarketId): Lease => {
      const fitness = new Fitness({
        stopwatch,
        isReady: () => this.#isReady(market),
        isOtherReady: () => isOtherReady(market),
      });
      return new Lease({
        ...parts,
        ...{ node: name, key: `exchange.${market}`, mayHold: () => !isDraining() && fitness.isFit() },
        changed: (isHeld) =>
          log.info(
            `${market}: this node asks ${isHeld ? "the exchange for history now" : "its peers for history first"}`,
          ),
      });
    };
    this.leases = new Map(markets.map((market) => [market, lease(market)]));
  }

  attach(markets: readonly ClusterMarket[]): void {
    const { name, capacity } = this.#parts;
    this.#markets = markets;
    this.#publishers = markets.map(
      ({ store, state }) =>
        new Publisher({
          ...this.#parts,
          ...{ store, node: name },
          source: () => state().source ?? UNKNOWN_SOURCE,
          dropped: (openTime) => this.#keeper?.lacks(store.market, openTime),
        }),
    );
    this.#keeper = new StreamKeeper({
      ...this.#parts,
      publishers: this.#publishers,
      plan: { markets: this.#parts.markets, capacity },
      mayFill: (market) => this.leases.get(market)?.isHeld === true,
      isWhole: (market) => this.#isReady(market),
    });
  }

  /** Works until the signal is aborted. */
  async run(signal: StopSignal): Promise<void> {
    const keeper = this.#keeper === undefined ? [] : [this.#keeper];
    await Promise.all([...this.leases.values(), ...this.#publishers, ...keeper].map((part) => part.run(signal)));
  }

  get counts(): { readonly created: number; readonly filled: number } {
    return this.#keeper?.counts ?? { created: 0, filled: 0 };
  }

  #isReady(market: MarketId): boolean {
    return this.#markets.some(({ store, state }) => store.market === market && state().isReady);
  }

  status(market: MarketId): Partial<ClusterMarketStatus> {
    const publisher = this.#publishers.find((one) => one.market === market);
    const spends = this.leases.get(market)?.isHeld ?? false;
    return publisher === undefined ? { spends } : { spends, waiting: publisher.waiting, counts: publisher.counts };
  }
}
