import { createHash, timingSafeEqual } from "node:crypto";
import type { Scope } from "../../wire/mod.ts";
import type { Caller } from "../caller.ts";
import { parseRate } from "../rate.ts";
import { TokenBucket } from "../token-bucket.ts";
import type { KeyRecord } from "./key-record.ts";

/** The longest text that is looked at as a key; ours have 47 characters. */
export const MAX_KEY_CHARACTERS = 256;

/** The holder of a key. */
class KeyHolder implements Caller {
  readonly hash: Buffer;
  readonly bucket: TokenBucket;
  sockets = 0;
  #record: KeyRecord;
  #scopes: ReadonlySet<Scope>;
  #isGone = false;
  #isRevokedElsewhere = false;

  constructor(record: KeyRecord) {
    this.hash = Buffer.from(record.hash, "hex");
    this.bucket = new TokenBucket(parseRate(record.rate));
    this.#record = record;
    this.#scopes = new Set(record.scopes);
  }

  get name(): string {
    return this.#record.name;
  }

  get title(): string {
    return `the key ${this.name}`;
  }

  get owner(): string {
    return `key:${this.name}`;
  }

  get scopes(): ReadonlySet<Scope> {
    return this.#scopes;
  }

  get credential(): { readonly kind: "key"; readonly hash: string } {
    return { kind: "key", hash: this.#record.hash };
  }

  get origins(): readonly string[] {
    return this.#record.origins;
  }

  isValid(now: number): boolean {
    return this.faultAt(now) === undefined;
  }

  /** In words, why the key isn't good any more. */
  faultAt(now: number): string | undefined {
    const { expiresAt, revokedAt } = this.#record;
    if (this.#isGone || this.#isRevokedElsewhere || (revokedAt !== undefined && revokedAt <= now))
      return "this key has been revoked";
    if (expiresAt !== undefined && expiresAt <= now) return "this key has expired";
    return undefined;
  }

  /** It is revoked at another server. */
  end(): void {
    this.#isRevokedElsewhere = true;
  }

  /** Its record is another now, or there is none any more. Tokens that were used stay used. */
  change(record: KeyRecord | undefined): void {
    this.#isGone = record === undefined;
    if (record === undefined) return;
    this.#record = record;
    this.#scopes = new Set(record.scopes);
    this.bucket.change(parseRate(record.rate));
  }
}

/** The keys that open this server. Finds a key's holder; a key that was found once is found without hashing it again. */
export class KeyRing {
  #holders: KeyHolder[] = [];
  readonly #revoked: Set<string> = new Set();
  /** By the key itself, only keys that were found: never more than there are keys. */
  readonly #known: Map<string, KeyHolder> = new Map();

  constructor(records: readonly KeyRecord[]) {
    this.replace(records);
  }

  /** How many keys there are, good ones or not. */
  get size(): number {
    return this.#holders.length;
  }

  /** The web origins that good keys name. */
  origins(now: number): string[] {
    return this.#holders.filter((holder) => holder.isValid(now)).flatMap((holder) => holder.origins);
  }

  /** A key is revoked at another server, by its SHA-256 in hex: it opens nothing any more, whatever the keys say. */
  revoke(hash: string): void {
    this.#revoked.add(hash);
    this.#holders.find((one) => one.credential.hash === hash)?.end();
  }

  /** From now on these keys and no others. */
  replace(records: readonly KeyRecord[]): void {
    const before = new Map(this.#holders.map((holder) => [holder.hash.toString("hex"), holder]));
    this.#holders = records.map((record) => {
      const holder = before.get(record.hash) ?? new KeyHolder(record);
      before.delete(record.hash);
      holder.change(record);
      if (this.#revoked.has(record.hash)) holder.end();
      return holder;
    });
    for (const gone of before.values()) gone.change(undefined);
    this.#known.clear();
  }

  /** The key's holder, or in words why it isn't good any more; undefined when there is no such key. */
  find(key: string, now: number): Caller | string | undefined {
    const holder = this.#known.get(key) ?? this.#verified(key);
    return holder?.faultAt(now) ?? holder;
  }

  /** As {@link find}, by the key's SHA-256 in hex. */
  findByHash(hash: string, now: number): Caller | string | undefined {
    const holder = this.#holders.find((one) => one.credential.hash === hash);
    return holder?.faultAt(now) ?? holder;
  }

  /** Compares with every key, in the same time wherever it is and however much of it is right. */
  #verified(key: string): KeyHolder | undefined {
    if (key.length > MAX_KEY_CHARACTERS) return undefined;
    const hash = createHash("sha256").update(key).digest();
    let found: KeyHolder | undefined;
    for (const holder of this.#holders) {
      if (timingSafeEqual(holder.hash, hash)) found = holder;
    }
    if (found !== undefined) this.#known.set(key, found);
    return found;
  }
}
