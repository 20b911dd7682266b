import { type KV, Kvm } from "@nats-io/kv";
import type { NatsAccess } from "./link.ts";
import { infoOf } from "./streams.ts";

/** What the nodes of a cluster tell each other, by key. An entry that isn't renewed within its time is gone. */
export const BUCKETS = [
  /** Which nodes there are, by name. */
  { name: "vyx-nodes", ttlSeconds: 10 },
  /** Who does what only one node is to do. */
  { name: "vyx-leases", ttlSeconds: 5 },
  /** Which nodes are to leave, by name. */
  { name: "vyx-drains", ttlSeconds: 600 },
  /** Which tickets were used. They end after 30 s, and clocks may differ by 10 s. */
  { name: "vyx-tickets", ttlSeconds: 60 },
  /** Which API keys are revoked, by their SHA-256. */
  { name: "vyx-revoked", ttlSeconds: 0 },
  /** Which creation of a stream was filled last, by market. */
  { name: "vyx-filled", ttlSeconds: 0 },
] as const;

/** One of {@link BUCKETS}. */
export type BucketName = (typeof BUCKETS)[number]["name"];

/** A bucket that exists. */
export async function bucket({ streams }: NatsAccess, name: BucketName): Promise<KV> {
  return await new Kvm(streams).open(name, { allow_direct: false });
}

/**
 * The entries of a bucket by key, each once; none where it isn't there. `keys()` of the library reads over a consumer: a key that changes meanwhile comes twice, and
 * an answer that is lost on the way is waited for without end.
 */
export async function entriesOf(access: NatsAccess, name: BucketName): Promise<ReadonlyMap<string, string>> {
  const stream = `KV_${name}`;
  const prefix = `$KV.${name}.`;
  if ((await infoOf(access.manager, stream)) === undefined) return new Map();
  const [store, { state }] = await Promise.all([
    bucket(access, name),
    access.manager.streams.info(stream, { subjects_filter: `${prefix}>` }),
  ]);
  const keys = Object.keys(state.subjects ?? {}).map((subject) => subject.slice(prefix.length));
  const entries = new Map<string, string>();
  for (const key of keys.toSorted()) {
    const entry = await store.get(key);
    if (entry?.operation === "PUT") entries.set(key, entry.string());
  }
  return entries;
}
