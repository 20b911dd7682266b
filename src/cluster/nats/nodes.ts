import { type Clock, millis, type StopSignal, type Stopwatch } from "../../core/mod.ts";
import { BucketWatch } from "./bucket-watch.ts";
import { BUCKETS, bucket, entriesOf } from "./buckets.ts";
import type { NatsAccess, NatsLink } from "./link.ts";
import { type NodeEntry, readNodeEntry } from "./node-entry.ts";

/** Between two times that a node says how it is, in milliseconds. */
const TELL_EVERY_MS = 2_000;

const TTL_MS = (BUCKETS.find(({ name }) => name === "vyx-nodes")?.ttlSeconds ?? 0) * 1_000;

/** What the registry is made of. */
export interface NodesParts {
  readonly link: NatsLink;
  readonly clock: Pick<Clock, "sleep">;
  readonly stopwatch: Stopwatch;
  /** This node's name, and that of this run of it. */
  readonly name: string;
  readonly run: string;
  /** What this node says of itself now. */
  readonly own: () => NodeEntry;
}

/** Which nodes there are: each says how it is every two seconds, and one that doesn't for ten is gone. */
export class Nodes {
  readonly #parts: NodesParts;
  readonly #known: Map<string, { readonly entry: NodeEntry; readonly at: number }> = new Map();
  /** When an entry of another run under this node's name came, the last two times. */
  #twinSeen: readonly number[] = [];

  constructor(parts: NodesParts) {
    this.#parts = parts;
  }

  /** The other nodes. While NATS is away, those that were there when it was lost. */
  others(): readonly NodeEntry[] {
    const { link, stopwatch, name } = this.#parts;
    const oldest = link.access === undefined ? Number.NEGATIVE_INFINITY : stopwatch() - TTL_MS;
    return [...this.#known.values()]
      .filter(({ entry, at }) => entry.name !== name && at >= oldest)
      .map(({ entry }) => entry);
  }

  /** Whether another process uses this node's name. The entry of one that died is seen once. */
  get hasTwin(): boolean {
    const oldest = this.#parts.stopwatch() - TTL_MS;
    return this.#twinSeen.length > 1 && this.#twinSeen.every((at) => at >= oldest);
  }

  /** Tells and listens until the signal is aborted, and says goodbye then. */
  async run(signal: StopSignal): Promise<void> {
    const { link, clock, name } = this.#parts;
    const watch = new BucketWatch({
      ...{ link, clock, bucket: "vyx-nodes" },
      entry: (node, text) => this.#heard(node, text),
    });
    const watching = watch.run(signal);
    while (!signal.aborted) {
      // A bucket that was lost is made again by others.
      await this.tell().catch(() => {});
      await clock.sleep(millis(TELL_EVERY_MS), signal).catch(() => {});
    }
    await watching;
    const { access } = link;
    if (access !== undefined)
      await bucket(access, "vyx-nodes")
        .then((nodes) => nodes.delete(name))
        .catch(() => {});
  }

  /** Says now how this node is. */
  async tell(): Promise<void> {
    const { link, name, own } = this.#parts;
    const { access } = link;
    if (access === undefined) return;
    await (await bucket(access, "vyx-nodes")).put(name, JSON.stringify(own()));
  }

  #heard(node: string, text: string | undefined): void {
    const entry = text === undefined ? undefined : readNodeEntry(text);
    const { stopwatch, name, run } = this.#parts;
    if (node === name) {
      if (entry !== undefined && entry.run !== run) this.#twinSeen = [...this.#twinSeen.slice(-1), stopwatch()];
      return;
    }
    // Each speaks for itself.
    if (entry === undefined || entry.name !== node) this.#known.delete(node);
    else this.#known.set(node, { entry, at: stopwatch() });
  }
}

/** The nodes that there are by name, read once, for commands. */
export async function readNodes(access: NatsAccess): Promise<readonly NodeEntry[]> {
  const entries = [...(await entriesOf(access, "vyx-nodes")).values()];
  return entries.map(readNodeEntry).filter((entry) => entry !== undefined);
}
