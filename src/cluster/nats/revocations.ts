import { type Clock, millis, type StopSignal } from "../../core/mod.ts";
import { BucketWatch } from "./bucket-watch.ts";
import { bucket } from "./buckets.ts";
import type { NatsLink } from "./link.ts";

/** How often it is tried to tell what others don't know yet, in milliseconds. */
const TELL_EVERY_MS = 200;

/** What revocations are made of. */
export interface RevocationsParts {
  readonly link: NatsLink;
  readonly clock: Pick<Clock, "sleep">;
}

/** API keys that are revoked, by the SHA-256 of each: what one node knows, every node knows within a second. */
export class Revocations {
  readonly #parts: RevocationsParts;
  readonly #known: Set<string> = new Set();
  readonly #toTell: Set<string> = new Set();
  #revoke: (hash: string) => void = () => {};

  constructor(parts: RevocationsParts) {
    this.#parts = parts;
  }

  /** Called for each key that is revoked anywhere: those that are known already at once. */
  listen(revoke: (hash: string) => void): void {
    this.#revoke = revoke;
    for (const hash of this.#known) revoke(hash);
  }

  /** A key is revoked here. */
  tell(hash: string): void {
    if (!this.#known.has(hash)) this.#toTell.add(hash);
  }

  /** Works until the signal is aborted. */
  async run(signal: StopSignal): Promise<void> {
    const { link, clock } = this.#parts;
    const watch = new BucketWatch({
      ...{ link, clock, bucket: "vyx-revoked" },
      entry: (hash) => this.#heard(hash),
      // Those who knew fill it again.
      remade: () => {
        for (const hash of this.#known) this.#toTell.add(hash);
      },
    });
    const watching = watch.run(signal);
    while (!signal.aborted) {
      const { access } = link;
      if (access !== undefined) {
        for (const hash of [...this.#toTell]) {
          await bucket(access, "vyx-revoked")
            .then((revoked) => revoked.put(hash, "revoked"))
            .then(
              () => this.#toTell.delete(hash),
              () => {},
            );
        }
      }
      await clock.sleep(millis(TELL_EVERY_MS), signal).catch(() => {});
    }
    await watching;
  }

  #heard(hash: string): void {
    this.#known.add(hash);
    this.#toTell.delete(hash);
    this.#revoke(hash);
  }
}
