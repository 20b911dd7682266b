import type { KvWatchEntry } from "@nats-io/kv";
import { type Clock, millis, type StopSignal } from "../../core/mod.ts";
import { type BucketName, bucket } from "./buckets.ts";
import type { NatsAccess, NatsLink } from "./link.ts";
import { infoOf } from "./streams.ts";

/** How often it is looked whether the bucket is still the one that is watched, in milliseconds. */
const LOOK_EVERY_MS = 2_000;

/** What a watch is made of. */
export interface BucketWatchParts {
  readonly link: NatsLink;
  readonly bucket: BucketName;
  readonly clock: Pick<Clock, "sleep">;
  /** All entries come again after each connect, and once a bucket that was lost is there again. */
  entry(key: string, text: string | undefined): void;
  /** The bucket was lost and is there again, empty. */
  remade?(): void;
}

/** Follows a bucket: over cuts, and where it was lost and made again, which a watch of NATS doesn't notice. */
export class BucketWatch {
  readonly #parts: BucketWatchParts;
  #access: NatsAccess | undefined;
  #created: string | undefined;
  #watching: { stop(): void } | undefined;

  constructor(parts: BucketWatchParts) {
    this.#parts = parts;
  }

  /** Works until the signal is aborted. */
  async run(signal: StopSignal): Promise<void> {
    const { link, clock } = this.#parts;
    const look = (): void => void this.#look().catch(() => this.#stop());
    const unlisten = link.listen({ up: look, down: () => this.#stop() });
    while (!signal.aborted) {
      await clock.sleep(millis(LOOK_EVERY_MS), signal).catch(() => {});
      look();
    }
    unlisten();
    this.#stop();
  }

  async #look(): Promise<void> {
    const { link, bucket: name } = this.#parts;
    const { access } = link;
    if (access === undefined) return;
    const created = (await infoOf(access.manager, `KV_${name}`))?.created;
    if (created === this.#created && access === this.#access && this.#watching !== undefined) return;
    this.#stop();
    if (created === undefined) return;
    if (this.#created !== undefined && created !== this.#created) this.#parts.remade?.();
    [this.#created, this.#access] = [created, access];
    const entries = await (await bucket(access, name)).watch();
    this.#watching = entries;
    void this.#read(entries);
  }

  async #read(entries: AsyncIterable<KvWatchEntry> & { stop(): void }): Promise<void> {
    try {
      for await (const { key, operation, value } of entries) {
        this.#parts.entry(key, operation === "PUT" ? new TextDecoder().decode(value) : undefined);
      }
    } catch {
      // It is watched again at the next look.
    }
    if (this.#watching === entries) this.#watching = undefined;
  }

  #stop(): void {
    this.#watching?.stop();
    this.#watching = undefined;
  }
}
