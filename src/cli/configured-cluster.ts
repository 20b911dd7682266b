import type { Logger } from "pino";
import packageFile from "../../package.json" with { type: "json" };
import { CLUSTER_ADDRESS, ClusterNode, restoreFromUpstream, Upstream, upstreamExchange } from "../cluster/mod.ts";
import { assert, type MarketId } from "../core/mod.ts";
import type { Sharing } from "../feeds/mod.ts";
import { systemClock } from "./clock.ts";
import type { ConfiguredUpstream } from "./configured-upstream.ts";
import { natsAddress } from "./nats-address.ts";
import type { Settings } from "./settings.ts";
import { stopwatch } from "./stopwatch.ts";

/** The node of a cluster that the settings ask for; undefined for none. `run` names this run of the server. Throws InvalidInput. */
export function configuredCluster(settings: Settings, run: string, log: Logger): ClusterNode | undefined {
  const { role, nodeName, peerKey, markets, capacity } = settings;
  if (role !== "ingest" && role !== "serve") return undefined;
  return new ClusterNode({
    ...{ role, run, peerKey, markets, capacity, stopwatch },
    address: natsAddress(settings),
    name: nodeName ?? run,
    version: packageFile.version,
    clock: systemClock,
    log: { info: (message) => log.info(message), warn: (message) => log.warn(message) },
  });
}

/** What a node that serves follows: the ingest nodes over NATS, and all nodes by HTTP. */
export function clusterUpstream(cluster: ClusterNode, run: string, log: Logger): ConfiguredUpstream {
  const { fetch, serving } = cluster;
  const upstream = new Upstream({
    url: CLUSTER_ADDRESS,
    line: { fetch },
    flags: { server: "--role serve:", key: "--peer-key" },
    node: run,
    clock: systemClock,
    log: { info: (message) => log.info(message), warn: (message) => log.warn(message) },
  });
  return {
    lineOf: (market) => {
      const line = serving?.lines.get(market);
      assert(line !== undefined, "a node that serves has a line for each market");
      return { fetch: cluster.fetchOf(market), openSocket: line.openSocket };
    },
    followed: { host: upstream.host, path: () => [] },
    // Nodes say it in the registry.
    epochOf: () => undefined,
    onLook: () => {},
    // Only nodes that have it answer, and sockets have no part in it.
    restore: (store, signal) =>
      restoreFromUpstream({
        ...{ url: CLUSTER_ADDRESS, market: store.market, store, signal },
        line: { fetch: cluster.fetchOf(store.market) },
      }),
    serves: async (wanted, signal) => {
      await cluster.joined(wanted.market, signal);
      await upstream.serves([wanted], signal);
    },
    // Nodes that serve ask each other: that is no loop.
    watch: () => Promise.resolve(),
  };
}

/** With whom a node that ingests shares the exchange's request budget. */
export function clusterSharing(cluster: ClusterNode, market: MarketId, capacity: number): Sharing | undefined {
  const lease = cluster.ingesting?.leases.get(market);
  if (lease === undefined) return undefined;
  return {
    exchange: upstreamExchange(market, capacity),
    url: CLUSTER_ADDRESS,
    fetch: cluster.fetchOf(market),
    hasPeers: () => cluster.peersOf(market).length > 0,
    spends: () => lease.isHeld,
  };
}
