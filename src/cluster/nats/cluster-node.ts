import { type Clock, type MarketId, millis, type StopSignal, type Stopwatch } from "../../core/mod.ts";
import type { MarketStore } from "../../store/mod.ts";
import { BucketWatch } from "./bucket-watch.ts";
import { StreamKeeper } from "./keeper.ts";
import { Lease } from "./leases.ts";
import { NatsLine } from "./line.ts";
import { type NatsAddress, NatsLink } from "./link.ts";
import type { ClusterRole, NodeEntry, NodeMarket } from "./node-entry.ts";
import { Nodes } from "./nodes.ts";
import { peersFetch } from "./peers.ts";
import { Publisher } from "./publisher.ts";
import { Revocations } from "./revocations.ts";
import { claimTicket } from "./used-tickets.ts";
import { StreamWatchdog } from "./watchdog.ts";

/** How long an ingest node waits for NATS before it begins without, in milliseconds: its own clients needn't wait for it. */
const BEGIN_WITHIN_MS = 5_000;

/** How long a node that serves waits for others to be ready, in milliseconds: then it begins with what they have. */
const READY_WITHIN_MS = 30_000;

/** How often it is looked who is there while a node starts, in milliseconds. */
const LOOK_EVERY_MS = 50;

/** One market of this node. */
export interface ClusterMarket {
  readonly store: MarketStore;
  /** How it is. */
  state(): Pick<NodeMarket, "lagMs" | "isReady">;
}

/** What a node is made of. */
export interface ClusterNodeOptions {
  readonly role: ClusterRole;
  readonly address: NatsAddress;
  readonly name: string;
  /** Names this run of it. */
  readonly run: string;
  readonly version: string;
  readonly peerKey: string | undefined;
  readonly markets: readonly MarketId[];
  /** Klines of a series. */
  readonly capacity: number;
  readonly clock: Clock;
  readonly stopwatch: Stopwatch;
  readonly log: { info(message: string): void; warn(message: string): void };
}

/** A server as a node of a cluster over NATS: what it publishes or follows, what it says of itself, and what it alone does. */
export class ClusterNode {
  readonly link: NatsLink;
  readonly nodes: Nodes;
  /** Asks the other nodes by HTTP. */
  readonly fetch: typeof fetch;
  /** Of a node that serves: where each market comes from. */
  readonly lines: ReadonlyMap<MarketId, NatsLine>;
  /** Of a node that ingests: the right to ask the exchange for history, by market. */
  readonly leases: ReadonlyMap<MarketId, Lease>;
  readonly revocations: Revocations;
  readonly #options: ClusterNodeOptions;
  readonly #drains: BucketWatch;
  readonly #watchdogs: Map<MarketId, StreamWatchdog> = new Map();
  #markets: readonly ClusterMarket[] = [];
  #publishers: readonly Publisher[] = [];
  #keeper: StreamKeeper | undefined;
  #url = "";
  #isDraining = false;
  #drain: () => void = () => {};
  /** Resolves when the node was told to leave. */
  readonly drained: Promise<void> = new Promise((resolve) => (this.#drain = resolve));

  constructor(options: ClusterNodeOptions) {
    this.#options = options;
    const { role, address, name, peerKey, markets, clock, stopwatch, log } = options;
    const parts = { clock, stopwatch, log };
    const link = new NatsLink({ address, name: `vyx ${name}`, clock, log });
    this.link = link;
    this.nodes = new Nodes({ link, clock, stopwatch, own: () => this.#entry() });
    this.#drains = new BucketWatch({
      ...{ link, clock, bucket: "vyx-drains" },
      // A node that has started again since isn't meant.
      entry: (node, run) => {
        if (node === name && run === options.run) this.leave();
      },
    });
    this.revocations = new Revocations({ link, clock });
    this.fetch = peersFetch({ nodes: () => this.nodes.others(), key: peerKey, clock });
    const line = (market: MarketId): NatsLine =>
      new NatsLine({ ...parts, link, market, final: (frame) => this.#watchdogs.get(market)?.final(frame) });
    const lease = (market: MarketId): Lease =>
      new Lease({
        ...parts,
        ...{ link, node: name, key: `exchange.${market}`, mayHold: () => !this.#isDraining },
        changed: (isHeld) =>
          log.info(
            `${market}: this node ${isHeld ? "asks the exchange for history now" : "asks its peers for history first"}`,
          ),
      });
    this.lines = new Map(role === "serve" ? markets.map((market) => [market, line(market)]) : []);
    this.leases = new Map(role === "ingest" ? markets.map((market) => [market, lease(market)]) : []);
  }

  get role(): ClusterRole {
    return this.#options.role;
  }

  get name(): string {
    return this.#options.name;
  }

  /** The markets that it publishes or watches, before any event reaches them. */
  attach(markets: readonly ClusterMarket[]): void {
    const { role, name, clock, stopwatch, log, capacity, markets: ids } = this.#options;
    this.#markets = markets;
    if (role === "serve") {
      for (const { store } of markets) this.#watchdogs.set(store.market, new StreamWatchdog(store, stopwatch));
      return;
    }
    this.#publishers = markets.map(
      ({ store }) =>
        new Publisher({
          ...{ store, link: this.link, node: name, clock, stopwatch },
          failed: () => {},
          dropped: (openTime) => this.#keeper?.lacks(store.market, openTime),
        }),
    );
    this.#keeper = new StreamKeeper({
      ...{ link: this.link, clock, log, publishers: this.#publishers },
      plan: { markets: ids, capacity },
      mayFill: (market) => this.leases.get(market)?.isHeld === true,
      isWhole: (market) => this.#markets.some(({ store, state }) => store.market === market && state().isReady),
    });
  }

  /** Works until the signal is aborted. `url`: where its peers reach it. */
  async run(url: string, signal: StopSignal): Promise<void> {
    this.#url = url;
    // Saying goodbye needs the connection a little longer.
    const ending = new AbortController();
    const parts = [
      this.nodes,
      this.#drains,
      this.revocations,
      ...this.leases.values(),
      ...this.lines.values(),
      ...this.#publishers,
      ...(this.#keeper === undefined ? [] : [this.#keeper]),
    ];
    const linked = this.link.run(ending.signal);
    await Promise.all([...parts.map((part) => part.run(signal)), this.#lookAtCloses(signal)]);
    ending.abort(new Error("stopped"));
    await linked;
  }

  /** Resolves once it is known who asks the exchange; after some seconds in any case. */
  async begun(signal: StopSignal): Promise<void> {
    const { clock, stopwatch, log } = this.#options;
    const until = stopwatch() + BEGIN_WITHIN_MS;
    const isDecided = (): boolean =>
      this.link.access !== undefined &&
      ([...this.leases.values()].every(({ isHeld }) => isHeld) ||
        this.nodes.others().some(({ role }) => role === "ingest"));
    while (!signal.aborted && !isDecided() && stopwatch() < until)
      await clock.sleep(millis(LOOK_EVERY_MS), signal).catch(() => {});
    if (this.link.access === undefined && !signal.aborted)
      log.warn("NATS isn't there yet: this node begins without it");
  }

  /** Resolves once another node has all of a market, or some node is there and has been for a while without. */
  async joined(market: MarketId, signal: StopSignal): Promise<void> {
    const { clock, stopwatch, log } = this.#options;
    let isSaid = false;
    let thereSince: number | undefined;
    while (!signal.aborted) {
      const others = this.nodes.others();
      if (others.some(({ markets }) => markets[market]?.isReady === true)) return;
      thereSince = others.length === 0 ? undefined : (thereSince ?? stopwatch());
      if (thereSince !== undefined && stopwatch() - thereSince >= READY_WITHIN_MS) return;
      if (!isSaid && this.link.access !== undefined) {
        log.info(`no other node of the cluster has ${market} yet, waiting for one`);
        isSaid = true;
      }
      await clock.sleep(millis(LOOK_EVERY_MS), signal).catch(() => {});
    }
  }

  /** Whether a ticket is used for the first time in the whole cluster. */
  async claimTicket(id: string): Promise<boolean> {
    return await claimTicket(this.link, this.#options.clock, id);
  }

  /** This node was told to leave: it holds no lease any more, and its peers ask others first. */
  leave(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    void this.nodes.tell().catch(() => {});
    this.#drain();
  }

  /** How it is in the cluster. */
  status(): ClusterStatus {
    const others = this.nodes.others();
    return {
      role: this.role,
      node: this.name,
      isConnected: this.link.access !== undefined,
      losses: this.link.losses,
      others: others.length,
      markets: this.#markets.map(({ store: { market } }) => {
        const [line, publisher, watchdog] = [
          this.lines.get(market),
          this.#publishers.find((one) => one.market === market),
          this.#watchdogs.get(market),
        ];
        return {
          market,
          spends: this.leases.get(market)?.isHeld ?? null,
          waiting: publisher?.waiting ?? null,
          counts: publisher?.counts ?? null,
          behind: line?.tail.behind ?? null,
          hasStream: line?.tail.isThere ?? null,
          streamLosses: line?.tail.counts.lost ?? null,
          isLate: watchdog?.isLate ?? null,
          late: watchdog?.late ?? null,
        };
      }),
      created: this.#keeper?.counts.created ?? 0,
      filled: this.#keeper?.counts.filled ?? 0,
    };
  }

  /** In words, what is wrong though the server goes on. */
  faults(): readonly string[] {
    const { isConnected, markets } = this.status();
    if (!isConnected) return ["NATS is away"];
    return markets.flatMap(({ market, hasStream, isLate }) => {
      if (hasStream === false) return [`the stream of ${market}'s final klines is gone`];
      return isLate === true ? [`${market}: the last close didn't come whole through the stream`] : [];
    });
  }

  #entry(): NodeEntry {
    const { name, role, version, run } = this.#options;
    const markets = this.#markets.map(({ store, state }) => {
      const closed = store.close("1m")?.closeTime ?? null;
      return [store.market, { lastClose: closed, ...state() }] as const;
    });
    return {
      name,
      role,
      version,
      run,
      url: this.#url,
      isDraining: this.#isDraining,
      markets: Object.fromEntries(markets),
    };
  }

  async #lookAtCloses(signal: StopSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      await clock.sleep(millis(1_000), signal).catch(() => {});
      for (const watchdog of this.#watchdogs.values()) watchdog.look();
    }
  }
}

/** How a node is in its cluster. What isn't its role's is null. */
export interface ClusterStatus {
  readonly role: ClusterRole;
  readonly node: string;
  readonly isConnected: boolean;
  readonly losses: number;
  /** Other nodes that are there. */
  readonly others: number;
  readonly markets: readonly {
    readonly market: MarketId;
    /** Whether it asks the exchange for history. */
    readonly spends: boolean | null;
    /** Final states that aren't acknowledged yet. */
    readonly waiting: number | null;
    readonly counts: Readonly<Publisher["counts"]> | null;
    /** Messages of the stream that haven't come yet. */
    readonly behind: number | null;
    readonly hasStream: boolean | null;
    readonly streamLosses: number | null;
    /** Whether the last close that was judged didn't come whole through the stream, and how many didn't. */
    readonly isLate: boolean | null;
    readonly late: number | null;
  }[];
  /** Streams and buckets that this node created, and how often it filled a stream. */
  readonly created: number;
  readonly filled: number;
}
