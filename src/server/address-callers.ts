import type { Scope } from "../wire/mod.ts";
import type { Caller } from "./caller.ts";
import type { Rate } from "./rate.ts";
import { TokenBucket } from "./token-bucket.ts";

/**
 * Addresses that are remembered, about 150 bytes each. Past it one that is as good as new makes room, else the oldest of
 * a few: whoever has so many addresses at hand gains nothing by it that each new address wouldn't give as well.
 */
export const MAX_ADDRESSES = 20_000;

/** How many of the oldest are looked at for one that is as good as new. */
const MAX_LOOKED_AT = 8;

/** Somebody without a key. */
class AddressCaller implements Caller {
  readonly name = undefined;
  readonly origins: readonly string[] = [];
  readonly scopes: ReadonlySet<Scope>;
  readonly bucket: TokenBucket;
  sockets = 0;

  constructor(scopes: ReadonlySet<Scope>, bucket: TokenBucket) {
    this.scopes = scopes;
    this.bucket = bucket;
  }

  isValid(): boolean {
    return true;
  }
}

/** The addresses that asked lately, each with its bucket: a bounded table that strangers can't fill up. */
export class AddressCallers {
  readonly #callers: Map<string, AddressCaller> = new Map();
  readonly #scopes: ReadonlySet<Scope>;
  readonly #rate: Rate;

  /** `scopes`: what whoever comes without a key may do. */
  constructor(scopes: ReadonlySet<Scope>, rate: Rate) {
    this.#scopes = scopes;
    this.#rate = rate;
  }

  get size(): number {
    return this.#callers.size;
  }

  /** The caller of an address group, see `addressGroup`. */
  of(group: string, now: number): Caller {
    const known = this.#callers.get(group);
    if (known !== undefined) return known;
    if (this.#callers.size >= MAX_ADDRESSES) this.#makeRoom(now);
    const fresh = new AddressCaller(this.#scopes, new TokenBucket(this.#rate, now));
    this.#callers.set(group, fresh);
    return fresh;
  }

  #makeRoom(now: number): void {
    let looked = 0;
    let oldest: string | undefined;
    for (const [group, caller] of this.#callers) {
      if (caller.sockets === 0 && caller.bucket.isFull(now)) {
        this.#callers.delete(group);
        return;
      }
      if (caller.sockets === 0) oldest ??= group;
      // Those that still matter move to the far end, so that each call looks at others.
      this.#callers.delete(group);
      this.#callers.set(group, caller);
      looked += 1;
      if (looked === MAX_LOOKED_AT) break;
    }
    oldest ??= [...this.#callers.keys()][0];
    if (oldest !== undefined) this.#callers.delete(oldest);
  }
}
