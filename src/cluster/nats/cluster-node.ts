import { type Clock, type MarketId, millis, type StopSignal, type Stopwatch } from "../../core/mod.ts";
import { BucketWatch } from "./bucket-watch.ts";
import type { ClusterMarket } from "./cluster-market.ts";
import { type ClusterMarketStatus, type ClusterStatus, clusterFaults } from "./cluster-status.ts";
import { Ingesting } from "./ingesting.ts";
import { type NatsAddress, NatsLink } from "./link.ts";
import type { ClusterRole, NodeEntry } from "./node-entry.ts";
import { Nodes } from "./nodes.ts";
import { isOtherSource } from "./other-source.ts";
import { peersFetch } from "./peers.ts";
import { Revocations } from "./revocations.ts";
import { Serving } from "./serving.ts";
import { SymbolSets, symbolsMark } from "./symbol-sets.ts";
import { claimTicket } from "./used-tickets.ts";

/** How long an ingest node waits for NATS before it begins without, in milliseconds: its own clients needn't wait for it. */
const BEGIN_WITHIN_MS = 5_000;

/** How long a node that serves waits for others to be ready, in milliseconds: then it begins with what they have. */
const READY_WITHIN_MS = 30_000;

/** How often it is looked who is there while a node starts, in milliseconds. */
const LOOK_EVERY_MS = 50;

/** What isn't of a role. */
const NOTHING: Omit<ClusterMarketStatus, "market" | "otherSources" | "symbolsDiffer"> = {
  ...{ spends: null, waiting: null, counts: null },
  ...{ behind: null, hasStream: null, streamLosses: null, isLate: null, late: null },
};

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

/** A server as a node of a cluster over NATS: who else there is, what all of them know together, and what its role does. */
export class ClusterNode {
  readonly link: NatsLink;
  readonly nodes: Nodes;
  readonly revocations: Revocations;
  /** Asks the other nodes by HTTP, of what isn't about a market. */
  readonly fetch: typeof fetch;
  /** Of a node that ingests. */
  readonly ingesting: Ingesting | undefined;
  /** Of a node that serves. */
  readonly serving: Serving | undefined;
  readonly #options: ClusterNodeOptions;
  readonly #drains: BucketWatch;
  #markets: readonly ClusterMarket[] = [];
  readonly #symbolSets: Map<MarketId, SymbolSets> = new Map();
  /** What this node said last that stands for each market's symbols. */
  readonly #marks: Map<MarketId, string | null> = new Map();
  #url = "";
  #isDraining = false;
  #drain: () => void = () => {};
  /** Resolves once `vyx cluster drain` has asked the node to leave. */
  readonly drained: Promise<void> = new Promise((resolve) => (this.#drain = resolve));

  constructor(options: ClusterNodeOptions) {
    this.#options = options;
    const { role, address, name, run, peerKey, markets, capacity, clock, stopwatch, log } = options;
    const link = new NatsLink({ address, name: `vyx ${name}`, clock, log });
    const parts = { link, clock, stopwatch, log };
    this.link = link;
    this.nodes = new Nodes({ ...parts, name, run, own: () => this.#entry() });
    this.revocations = new Revocations(parts);
    this.fetch = peersFetch({ nodes: () => this.nodes.others(), key: peerKey, clock, stopwatch });
    this.#drains = new BucketWatch({
      ...{ link, clock, bucket: "vyx-drains" },
      // A node that has started again since isn't meant.
      entry: (node, meant) => {
        if (node === name && meant === run) this.leave();
      },
    });
    if (role === "serve") this.serving = new Serving(markets, parts);
    else
      this.ingesting = new Ingesting({
        ...parts,
        name,
        run,
        markets,
        capacity,
        isDraining: () => this.#isDraining,
        isOtherReady: (market) =>
          this.peersOf(market).some(
            ({ role: of, isDraining, markets: known }) =>
              of === "ingest" && !isDraining && known[market]?.isReady === true,
          ),
      });
  }

  get role(): ClusterRole {
    return this.#options.role;
  }

  get name(): string {
    return this.#options.name;
  }

  /** The markets that it publishes or watches, before any event reaches them. */
  attach(markets: readonly ClusterMarket[]): void {
    this.#markets = markets;
    (this.serving ?? this.ingesting)?.attach(markets);
  }

  /** Works until the signal is aborted. `url`: where its peers reach it. */
  async run(url: string, signal: StopSignal): Promise<void> {
    this.#url = url;
    // Saying goodbye needs the connection a little longer.
    const ending = new AbortController();
    const linked = this.link.run(ending.signal);
    const parts = [this.nodes, this.revocations, this.#drains, this.serving ?? [], this.ingesting ?? []].flat();
    await Promise.all(parts.map((part) => part.run(signal)));
    ending.abort(new Error("stopped"));
    await linked;
  }

  /** Resolves once it is known who asks the exchange; after some seconds in any case. */
  async begun(signal: StopSignal): Promise<void> {
    const { clock, stopwatch, log } = this.#options;
    const until = stopwatch() + BEGIN_WITHIN_MS;
    const isDecided = (): boolean =>
      this.link.access !== undefined &&
      ([...(this.ingesting?.leases.values() ?? [])].every(({ isHeld }) => isHeld) ||
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

  /** Asks the other nodes about a market, by HTTP: those whose data comes from where this node's does. */
  fetchOf(market: MarketId): typeof fetch {
    const { peerKey: key, clock, stopwatch } = this.#options;
    const [nodes, source] = [() => this.peersOf(market), () => this.#sourceOf(market)];
    return peersFetch({ nodes, key, clock, stopwatch, source });
  }

  /** The other nodes that may be asked about a market. */
  peersOf(market: MarketId): readonly NodeEntry[] {
    const own = this.#sourceOf(market);
    return this.nodes.others().filter(({ markets }) => !isOtherSource(own, markets[market]?.source));
  }

  /** The epochs that ingest nodes say of a market. */
  epochsOf(market: MarketId): readonly string[] {
    const ingest = this.nodes.others().filter(({ role }) => role === "ingest");
    return ingest.flatMap(({ markets }) => markets[market]?.epoch ?? []);
  }

  /** Whether a ticket is used for the first time in the whole cluster. */
  async claimTicket(id: string): Promise<boolean> {
    return await claimTicket(this.link, this.#options.clock, id);
  }

  /** Begins to leave: the node gives up its leases, and its peers ask it last. */
  leave(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    void this.nodes.tell().catch(() => {});
    this.#drain();
  }

  /** How it is in the cluster. */
  status(): ClusterStatus {
    const { created, filled } = this.ingesting?.counts ?? { created: 0, filled: 0 };
    return {
      role: this.role,
      node: this.name,
      isConnected: this.link.access !== undefined,
      losses: this.link.losses,
      others: this.nodes.others().length,
      hasTwin: this.nodes.hasTwin,
      markets: this.#markets.map(({ store: { market } }) => ({
        ...{ market, ...NOTHING, otherSources: this.#otherSources(market), symbolsDiffer: this.#symbolsDiffer(market) },
        ...(this.serving ?? this.ingesting)?.status(market),
      })),
      created,
      filled,
    };
  }

  /** In words, what is wrong though the server goes on. */
  faults(): readonly string[] {
    return clusterFaults(this.status());
  }

  #sourceOf(market: MarketId): string | null {
    return this.#markets.find(({ store }) => store.market === market)?.state().source ?? null;
  }

  #otherSources(market: MarketId): readonly string[] {
    const own = this.#sourceOf(market);
    const sources = this.nodes.others().map(({ markets }) => markets[market]?.source);
    return [...new Set(sources.filter((source) => isOtherSource(own, source)))].map(String);
  }

  #symbolsDiffer(market: MarketId): boolean {
    const { stopwatch } = this.#options;
    const sets = this.#symbolSets.get(market) ?? new SymbolSets(stopwatch);
    this.#symbolSets.set(market, sets);
    const own = this.role === "ingest" ? [this.#marks.get(market) ?? null] : [];
    const others = this.peersOf(market).map(({ role, markets }) =>
      role === "ingest" ? markets[market]?.symbols : null,
    );
    return sets.differ([...own, ...others].filter((mark) => typeof mark === "string"));
  }

  #markOf(store: ClusterMarket["store"]): string | null {
    const all = store.symbols();
    const mark = all.length === 0 ? null : symbolsMark(all);
    this.#marks.set(store.market, mark);
    return mark;
  }

  #entry(): NodeEntry {
    const { name, role, version, run } = this.#options;
    const markets = this.#markets.map(({ store, state }) => {
      const closeTime = store.close("1m")?.closeTime ?? 0;
      // An empty store's close lies before 1970.
      const lastClose = closeTime > 0 ? closeTime : null;
      return [store.market, { lastClose, symbols: this.#markOf(store), ...state() }] as const;
    });
    const [url, isDraining] = [this.#url, this.#isDraining];
    return { name, role, version, run, url, isDraining, markets: Object.fromEntries(markets) };
  }
}
