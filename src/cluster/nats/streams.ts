import {
  DiscardPolicy,
  JetStreamApiCodes,
  JetStreamApiError,
  type JetStreamManager,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  type StreamInfo,
} from "@nats-io/jetstream";
import type { MarketId } from "../../core/mod.ts";
import { BUCKETS } from "./buckets.ts";
import { finalsOf, streamOf } from "./subjects.ts";

const SECOND_NS = 1_000_000_000;
const MINUTE_NS = 60 * SECOND_NS;

/**
 * A subject may hold so many times as many messages as a ring holds klines, and so many more. Ages empty a stream, and this is only a second
 * bound: where it is reached first, messages are deleted between those of a symbol that fell silent, and many such holes make NATS
 * start slowly. NATS looks for old messages now and then, and they may get twice as old.
 */
export const RINGS_OF_MESSAGES = 2;
export const SPARE_MESSAGES = 120;

/** Messages live so much longer than a ring reaches back. A subject that falls silent is empty then, so that nothing pins the stream's start. */
export const SPARE_MINUTES = 10;

/** How long JetStream remembers message ids: nodes that lost NATS publish what waited within this. */
export const DUPLICATES_MINUTES = 10;

/** The largest message: a kline's frame has about 300 bytes. */
export const MAX_MESSAGE_BYTES = 4_096;

/** NATS: "replicas > 1 not supported in non-clustered mode", "no suitable peers for placement", "insufficient resources". */
const TOO_FEW_SERVERS: ReadonlySet<number> = new Set([10_074, 10_005, 10_023]);

/** What streams are made for. */
export interface StreamPlan {
  readonly markets: readonly MarketId[];
  /** Klines of a series. */
  readonly capacity: number;
  /** Copies of each stream; three where the cluster has as many servers, else one, unless given. */
  readonly replicas?: number | undefined;
}

/** The streams and buckets that a cluster needs, by name. Figures that NATS sets itself are left out. */
export function streamsOf({ markets, capacity }: StreamPlan): readonly Partial<StreamConfig>[] {
  return [
    ...markets.map((market) => ({
      name: streamOf(market),
      subjects: [finalsOf(market)],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard: DiscardPolicy.Old,
      max_msgs_per_subject: RINGS_OF_MESSAGES * capacity + SPARE_MESSAGES,
      max_age: (capacity + SPARE_MINUTES) * MINUTE_NS,
      max_msg_size: MAX_MESSAGE_BYTES,
      duplicate_window: DUPLICATES_MINUTES * MINUTE_NS,
      allow_direct: true,
    })),
    ...BUCKETS.map(({ name, ttlSeconds }) => ({
      name: `KV_${name}`,
      subjects: [`$KV.${name}.>`],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard: DiscardPolicy.New,
      max_msgs_per_subject: 1,
      max_age: ttlSeconds * SECOND_NS,
      allow_rollup_hdrs: true,
      deny_delete: true,
      allow_direct: true,
      ...(ttlSeconds > 0 && ttlSeconds < 120 ? { duplicate_window: ttlSeconds * SECOND_NS } : {}),
    })),
  ];
}

/** Creates what is missing, and changes what differs. Returns what it did, a line each; nothing the second time. */
export async function ensureStreams(manager: JetStreamManager, plan: StreamPlan): Promise<readonly string[]> {
  const changes: string[] = [];
  for (const wanted of streamsOf(plan)) {
    const name = wanted.name ?? "";
    const info = await infoOf(manager, name);
    if (info === undefined) {
      const { config } = await addStream(manager, wanted, plan.replicas);
      changes.push(`created ${name} with ${config.num_replicas} ${config.num_replicas === 1 ? "copy" : "copies"}`);
      continue;
    }
    const differing = differencesOf(info.config, withReplicas(wanted, plan.replicas));
    if (differing.length === 0) continue;
    await manager.streams.update(name, { ...info.config, ...withReplicas(wanted, plan.replicas) });
    changes.push(`changed ${name}: ${differing.join(", ")}`);
  }
  if (plan.replicas === undefined) {
    for (const name of await raiseCopies(manager, plan)) changes.push(`changed ${name}: 3 copies`);
  }
  return changes;
}

/** Creates the streams and buckets that are missing, and leaves the others as they are. Returns the names of those that it created. */
export async function createMissing(
  manager: JetStreamManager,
  plan: StreamPlan,
  mayCreate: (name: string, isThere: boolean) => boolean = () => true,
): Promise<readonly string[]> {
  const created: string[] = [];
  for (const wanted of streamsOf(plan)) {
    const name = wanted.name ?? "";
    const isThere = (await infoOf(manager, name)) !== undefined;
    if (!mayCreate(name, isThere) || isThere) continue;
    await addStream(manager, wanted, plan.replicas);
    created.push(name);
  }
  return created;
}

/**
 * Gives three copies to streams that have one, where NATS has three servers by now: one that was made while servers were away has too few.
 * Returns their names.
 */
export async function raiseCopies(manager: JetStreamManager, plan: StreamPlan): Promise<readonly string[]> {
  const raised: string[] = [];
  for (const { name = "" } of streamsOf(plan)) {
    const info = await infoOf(manager, name);
    // A server alone would take any number, and keep one copy.
    if (info?.config.num_replicas !== 1 || info.cluster?.name === undefined) continue;
    try {
      await manager.streams.update(name, { ...info.config, num_replicas: 3 });
      raised.push(name);
    } catch (cause) {
      if (!(cause instanceof JetStreamApiError)) throw cause;
      // There aren't three servers.
      break;
    }
  }
  return raised;
}

/** A stream's state; undefined where there is none of this name. */
export async function infoOf(manager: JetStreamManager, name: string): Promise<StreamInfo | undefined> {
  try {
    return await manager.streams.info(name);
  } catch (cause) {
    if (cause instanceof JetStreamApiError && cause.code === JetStreamApiCodes.StreamNotFound) return undefined;
    throw cause;
  }
}

/** As many copies as the cluster has servers for, three at most, unless it is said how many. */
async function addStream(
  manager: JetStreamManager,
  wanted: Partial<StreamConfig>,
  replicas: number | undefined,
): Promise<StreamInfo> {
  const name = wanted.name ?? "";
  try {
    return await manager.streams.add({ ...wanted, name, num_replicas: replicas ?? 3 });
  } catch (cause) {
    const isTooSmall = cause instanceof JetStreamApiError && TOO_FEW_SERVERS.has(cause.code);
    if (replicas !== undefined || !isTooSmall) throw cause;
    return await manager.streams.add({ ...wanted, name, num_replicas: 1 });
  }
}

function withReplicas(wanted: Partial<StreamConfig>, replicas: number | undefined): Partial<StreamConfig> {
  return replicas === undefined ? wanted : { ...wanted, num_replicas: replicas };
}

function differencesOf(has: StreamConfig, wanted: Partial<StreamConfig>): string[] {
  return (Object.keys(wanted) as (keyof StreamConfig)[])
    .filter((key) => JSON.stringify(has[key]) !== JSON.stringify(wanted[key]))
    .map((key) => `${key} ${JSON.stringify(has[key])} → ${JSON.stringify(wanted[key])}`);
}
