import type { KV } from "@nats-io/kv";
import { type Clock, millis, type StopSignal, type Stopwatch } from "../../core/mod.ts";
import { BUCKETS, bucket } from "./buckets.ts";
import type { NatsAccess, NatsLink } from "./link.ts";
import { infoOf } from "./streams.ts";

/** Between two renewals, or two tries to get a lease, in milliseconds. */
const RENEW_EVERY_MS = 1_000;

/**
 * A holder that couldn't renew stops so long before NATS gives the lease to another one, in milliseconds: two never hold it at once, as
 * long as a renewal reaches NATS within this.
 */
const MARGIN_MS = 1_500;

const TTL_MS = (BUCKETS.find(({ name }) => name === "vyx-leases")?.ttlSeconds ?? 0) * 1_000;

/** What a lease is made of. */
export interface LeaseParts {
  readonly link: NatsLink;
  /** What only one node does, for example `exchange.binance`. */
  readonly key: string;
  /** This node's name. */
  readonly node: string;
  /** Names this run of it: two processes with one name by mistake don't both hold a lease. */
  readonly run: string;
  readonly clock: Pick<Clock, "sleep">;
  readonly stopwatch: Stopwatch;
  /** Whether this node may take it: one that is to leave may not. */
  readonly mayHold: () => boolean;
  /** It was got, or lost. */
  readonly changed?: (isHeld: boolean) => void;
}

/** What one node of the cluster does and no other. A holder that dies is followed by another one within {@link TTL_MS} and a second. */
export class Lease {
  readonly #parts: LeaseParts;
  #revision = 0;
  #renewedAt = Number.NEGATIVE_INFINITY;
  #wasHeld = false;
  /** Which creation of the bucket was seen last, and when another one was first seen, by the stopwatch. */
  #created: string | undefined;
  #remadeAt = Number.NEGATIVE_INFINITY;
  /** Whether this run has held it. What a run before it held is taken over at once, and only then. */
  #hasHeld = false;

  constructor(parts: LeaseParts) {
    this.#parts = parts;
  }

  get isHeld(): boolean {
    return this.#parts.stopwatch() - this.#renewedAt < TTL_MS - MARGIN_MS;
  }

  /** Gets and renews it until the signal is aborted, and gives it up then. */
  async run(signal: StopSignal): Promise<void> {
    const { link, clock, mayHold } = this.#parts;
    while (!signal.aborted) {
      const { access } = link;
      if (access !== undefined) {
        await bucket(access, "vyx-leases")
          .then((leases) => (mayHold() ? this.#renew(access, leases) : this.#release(leases)))
          // The lease is another's, or NATS didn't answer: it ends by itself.
          .catch(() => {});
      }
      this.#tell();
      await clock.sleep(millis(RENEW_EVERY_MS), signal).catch(() => {});
    }
    const { access } = link;
    if (access !== undefined)
      await bucket(access, "vyx-leases")
        .then((leases) => this.#release(leases))
        .catch(() => {});
  }

  /** Whether the bucket was lost and made again so lately that another node's lease, of which it knows nothing, may still be good. */
  async #isNew(access: NatsAccess): Promise<boolean> {
    const now = this.#parts.stopwatch();
    const created = (await infoOf(access.manager, "KV_vyx-leases"))?.created;
    if (this.#created !== undefined && created !== this.#created) this.#remadeAt = now;
    this.#created = created;
    return now - this.#renewedAt >= TTL_MS && now - this.#remadeAt < TTL_MS;
  }

  async #renew(access: NatsAccess, leases: KV): Promise<void> {
    const { key, node, run, stopwatch } = this.#parts;
    const own = `${node} ${run}`;
    const askedAt = stopwatch();
    if (this.#revision > 0) {
      try {
        this.#revision = await leases.update(key, own, this.#revision);
        this.#renewedAt = askedAt;
        return;
      } catch {
        // It expired, or the bucket was made again. A renewal that was only late may have arrived: it is ours still, then.
        this.#revision = 0;
      }
    }
    const held = await leases.get(key);
    const isOurs = held?.string() === own || (!this.#hasHeld && holderOf(held?.string() ?? "") === node);
    if (held?.operation === "PUT" && isOurs) this.#revision = await leases.update(key, own, held.revision);
    else if (held?.operation === "PUT") {
      // It is another's: ours has ended, however long it would have been good.
      this.#renewedAt = Number.NEGATIVE_INFINITY;
      this.#created ??= (await infoOf(access.manager, "KV_vyx-leases"))?.created;
      return;
    } else if (await this.#isNew(access)) return;
    else this.#revision = await leases.create(key, own);
    this.#renewedAt = askedAt;
    this.#hasHeld = true;
  }

  async #release(leases: KV): Promise<void> {
    if (this.#revision === 0) return;
    const revision = this.#revision;
    this.#revision = 0;
    this.#renewedAt = Number.NEGATIVE_INFINITY;
    await leases.delete(this.#parts.key, { previousSeq: revision });
  }

  #tell(): void {
    if (this.isHeld === this.#wasHeld) return;
    this.#wasHeld = this.isHeld;
    this.#parts.changed?.(this.#wasHeld);
  }
}

/** The name of the node that an entry of the bucket says holds a lease. */
export function holderOf(entry: string): string {
  return entry.split(" ", 1)[0] ?? "";
}
