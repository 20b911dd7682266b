import type { Scope } from "../wire/mod.ts";
import type { TokenBucket } from "./token-bucket.ts";

/** Who asks: the holder of a key, or an address. Kept from request to request. */
export interface Caller {
  /** The key's name, as logs may show it; undefined for an address. */
  readonly name: string | undefined;
  readonly scopes: ReadonlySet<Scope>;
  readonly bucket: TokenBucket;
  /** The web origins that a browser may use the key from; none means any. */
  readonly origins: readonly string[];
  /** Sockets that are open now. */
  sockets: number;
  /** False once its key is revoked or has expired. */
  isValid(now: number): boolean;
}
