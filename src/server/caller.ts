import type { Scope } from "../wire/mod.ts";
import type { TokenBucket } from "./token-bucket.ts";

/** What shows who a caller is: the SHA-256 of a key in hex, a user's token, or nothing. */
export type Credential =
  | { readonly kind: "key"; readonly hash: string }
  | { readonly kind: "token"; readonly token: string }
  | { readonly kind: "none" };

/** Who asks: the holder of a key, a user who is signed in, or an address. Kept from request to request. */
export interface Caller {
  /** As logs may show it: a key's name, or `user:` and the user's id; undefined for an address. */
  readonly name: string | undefined;
  /** In words, for whoever asks: "the key bot" for example. */
  readonly title: string;
  readonly credential: Credential;
  /** Whose traders are meant. */
  readonly owner: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly bucket: TokenBucket;
  /** The web origins that a browser may use the key from; none means any. */
  readonly origins: readonly string[];
  /** Sockets that are open now. */
  sockets: number;
  /** False once its key is revoked, or key or token have expired. */
  isValid(now: number): boolean;
}
