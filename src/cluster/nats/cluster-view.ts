import type { MarketId } from "../../core/mod.ts";
import { entriesOf } from "./buckets.ts";
import { holderOf } from "./leases.ts";
import type { NatsAccess } from "./link.ts";
import type { NodeEntry } from "./node-entry.ts";
import { readNodes } from "./nodes.ts";
import { infoOf, streamsOf } from "./streams.ts";

/** A stream or bucket as it is. */
export interface StreamView {
  readonly name: string;
  readonly isThere: boolean;
  readonly messages: number;
  readonly bytes: number;
  /** Messages that were deleted between others: many make a start of NATS slow. */
  readonly deleted: number;
  readonly replicas: number;
  /** The server that leads it; null while there is none, or where NATS is one server. */
  readonly leader: string | null;
  /** Copies that are behind or away. */
  readonly laggards: number;
}

/** A cluster at one moment. */
export interface ClusterView {
  readonly nodes: readonly NodeEntry[];
  /** Who holds which lease. */
  readonly leases: Readonly<Record<string, string>>;
  /** The newest minute that any node has, by market, in Unix milliseconds. */
  readonly lastClose: Readonly<Record<string, number>>;
  readonly streams: readonly StreamView[];
}

/** Reads how a cluster is. */
export async function readCluster(access: NatsAccess, markets: readonly MarketId[]): Promise<ClusterView> {
  const [nodes, leases] = await Promise.all([readNodes(access), entriesOf(access, "vyx-leases")]);
  const holders = Object.fromEntries([...leases].map(([lease, holder]) => [lease, holderOf(holder)]));
  const lastClose: Record<string, number> = {};
  for (const { markets: of } of nodes) {
    for (const [market, { lastClose: closed }] of Object.entries(of)) {
      if (closed !== null) lastClose[market] = Math.max(closed, lastClose[market] ?? 0);
    }
  }
  const all = new Set([...markets, ...(Object.keys(lastClose) as MarketId[])]);
  const streams = await Promise.all(
    streamsOf({ markets: [...all], capacity: 1 }).map(({ name = "" }) => streamView(access, name)),
  );
  return { nodes, leases: holders, lastClose, streams };
}

async function streamView({ manager }: NatsAccess, name: string): Promise<StreamView> {
  const info = await infoOf(manager, name);
  const { messages = 0, bytes = 0, num_deleted: deleted = 0 } = info?.state ?? {};
  return {
    ...{ name, isThere: info !== undefined, messages, bytes, deleted },
    replicas: info?.config.num_replicas ?? 0,
    leader: info?.cluster?.leader ?? null,
    laggards: (info?.cluster?.replicas ?? []).filter(({ current, offline }) => !current || offline === true).length,
  };
}
