import { createHash, randomBytes } from "node:crypto";

/** What every key begins with, so that a leaked one is recognised where it doesn't belong. */
const KEY_PREFIX = "vyx_";

/** 256 bits: not to be guessed, and a plain hash of it not to be reversed. */
const SECRET_BYTES = 32;

/** A new key. It exists in this text alone. */
export function newKey(): string {
  return KEY_PREFIX + randomBytes(SECRET_BYTES).toString("base64url");
}

/** What is kept of a key: its SHA-256 in hex. */
export function keyHash(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}
