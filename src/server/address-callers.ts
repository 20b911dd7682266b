import type { Scope } from "../wire/mod.ts";
import type { CacheMeter } from "./caches.ts";
import type { Caller, Credential } from "./caller.ts";
import { CallerTable } from "./caller-table.ts";
import type { Rate } from "./rate.ts";
import { TokenBucket } from "./token-bucket.ts";

/**
 * What a remembered address takes in memory, in bytes. Whoever has more addresses at hand than are remembered gains nothing by it
 * that each new one wouldn't give as well.
 */
const ADDRESS_BYTES = 400;

/** Somebody without a key. */
class AddressCaller implements Caller {
  readonly name = undefined;
  readonly title = "your address";
  readonly credential: Credential = { kind: "none" };
  readonly owner = "local";
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

/** The addresses that asked lately. */
export class AddressCallers {
  readonly #callers: CallerTable<AddressCaller>;

  /** `scopes`: what whoever comes without a key may do. */
  constructor(scopes: ReadonlySet<Scope>, rate: Rate, meter: CacheMeter, stopwatch: () => number) {
    this.#callers = new CallerTable(
      meter,
      ADDRESS_BYTES,
      stopwatch,
      () => new AddressCaller(scopes, new TokenBucket(rate)),
    );
  }

  get size(): number {
    return this.#callers.size;
  }

  /** The caller of an address group, see `addressGroup`. */
  of(group: string): Caller {
    return this.#callers.of(group);
  }
}
