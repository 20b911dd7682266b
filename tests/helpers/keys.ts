import {
  type AccessOptions,
  type KeyRecord,
  type KeyRing,
  keyHash,
  parseAddressList,
  parseRate,
} from "../../src/server/mod.ts";

/** A key for a test. */
export function keyRecord(key: string, about: Partial<KeyRecord> = {}): KeyRecord {
  return {
    name: "test",
    hash: keyHash(key),
    scopes: ["read", "stream"],
    rate: "1000000/s",
    origins: [],
    createdAt: 0,
    ...about,
  };
}

/** Access by keys, with no bound to speak of for addresses. */
export function keyAccess(ring: KeyRing, about: Partial<AccessOptions> = {}): AccessOptions {
  return {
    keys: ring,
    scopesWithoutKeys: [],
    addressRate: parseRate("1000000/s"),
    trustedProxies: parseAddressList(""),
    proxyHeaders: ["x-forwarded-for", "fly-client-ip"],
    ...about,
  };
}
