import type { MarketId } from "../core/mod.ts";
import type { ClusterHealth } from "../wire/mod.ts";
import { counter, gauge, type Metric, one, type Sample } from "./metric.ts";

/** How this server is as a node of a cluster. What isn't of its role is null. */
export interface ClusterFigures {
  readonly role: "ingest" | "serve";
  readonly node: string;
  readonly isConnected: boolean;
  /** How often the connection to NATS was lost. */
  readonly losses: number;
  readonly others: number;
  readonly markets: readonly ClusterMarketFigures[];
  /** Streams and buckets that this node created, and how often it filled a stream. */
  readonly created: number;
  readonly filled: number;
}

/** One market of it. */
export interface ClusterMarketFigures {
  readonly market: MarketId;
  readonly spends: boolean | null;
  readonly waiting: number | null;
  /** Final klines by what became of them. */
  readonly counts: Readonly<Record<"stored" | "duplicates" | "retried" | "dropped", number>> | null;
  readonly behind: number | null;
  readonly hasStream: boolean | null;
  readonly streamLosses: number | null;
  readonly isLate: boolean | null;
  readonly late: number | null;
}

/** What `/health` says of it. */
export function clusterHealth({ role, node, isConnected, others, markets }: ClusterFigures): ClusterHealth {
  return {
    ...{ role, node, nats: isConnected, others },
    markets: markets.map(({ market, spends, waiting, behind, hasStream, isLate }) => ({
      ...{ market, spends, waiting, behind, stream: hasStream, late: isLate },
    })),
  };
}

/** Where the cluster's metrics are read from: nothing where the server is in none. */
export interface ClusterSource {
  readonly cluster: () => ClusterFigures | undefined;
}

/** The metrics of a node of a cluster. */
export const CLUSTER_METRICS: readonly Metric<ClusterSource>[] = [
  gauge("vyx_nats_connected", "1 while this node reaches NATS", ({ cluster }) =>
    [cluster()].flatMap((node) =>
      node === undefined ? [] : { value: node.isConnected ? 1 : 0, labels: { node: node.node, role: node.role } },
    ),
  ),
  counter("vyx_nats_losses_total", "how often the connection to NATS was lost", ({ cluster }) =>
    one(cluster()?.losses),
  ),
  gauge("vyx_cluster_nodes", "nodes of the cluster that are there, this one among them", ({ cluster }) =>
    one(cluster() === undefined ? undefined : (cluster()?.others ?? 0) + 1),
  ),
  gauge("vyx_cluster_spends", "1 while this ingest node asks the exchange for history", byMarket("spends")),
  gauge("vyx_cluster_finals_waiting", "final klines that NATS hasn't acknowledged yet", byMarket("waiting")),
  counter(
    "vyx_cluster_finals_total",
    "final klines by what became of them: stored; duplicates, which another node published first; retried; dropped, because too many waited",
    ({ cluster }) =>
      (cluster()?.markets ?? []).flatMap(({ market, counts }) =>
        Object.entries(counts ?? {}).map(([outcome, value]) => ({ value, labels: { market, outcome } })),
      ),
  ),
  gauge("vyx_cluster_stream", "1 while the stream of final klines is there", byMarket("hasStream")),
  counter("vyx_cluster_stream_losses_total", "how often the stream of final klines was gone", byMarket("streamLosses")),
  gauge("vyx_cluster_stream_behind", "messages of the stream that haven't come yet", byMarket("behind")),
  gauge(
    "vyx_cluster_close_late",
    "1 while the last close didn't come whole through the stream within five seconds",
    byMarket("isLate"),
  ),
  counter(
    "vyx_cluster_closes_late_total",
    "closes that didn't come whole through the stream within five seconds",
    byMarket("late"),
  ),
  counter("vyx_cluster_streams_created_total", "streams and buckets that this node created", ({ cluster }) =>
    one(cluster()?.created),
  ),
  counter("vyx_cluster_streams_filled_total", "how often this node filled a stream from its memory", ({ cluster }) =>
    one(cluster()?.filled),
  ),
];

function byMarket(
  name: Exclude<keyof ClusterMarketFigures, "market" | "counts">,
): (source: ClusterSource) => readonly Sample[] {
  return ({ cluster }) =>
    (cluster()?.markets ?? []).flatMap((market) => {
      const value = market[name];
      return value === null ? [] : { value: Number(value), labels: { market: market.market } };
    });
}
