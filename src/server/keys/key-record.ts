import * as v from "valibot";
import { InvalidInput } from "../../core/mod.ts";
import { SCOPES, type Scope } from "../../wire/mod.ts";
import { parseRate } from "../rate.ts";

/** One API key as it is kept: its SHA-256, never itself. Moments are Unix milliseconds. */
export interface KeyRecord {
  readonly name: string;
  /** SHA-256 of the key in hex. */
  readonly hash: string;
  readonly scopes: readonly Scope[];
  /** For example 600/min. */
  readonly rate: string;
  /** The web origins that browsers may use it from; none means any. */
  readonly origins: readonly string[];
  readonly createdAt: number;
  readonly expiresAt?: number | undefined;
  readonly revokedAt?: number | undefined;
}

/** The rate of a key that was given none. */
export const DEFAULT_KEY_RATE = "600/min";

const moment = v.pipe(v.number(), v.safeInteger("expected Unix milliseconds"));

/** The check of one record of a file. */
export const KEY_RECORD_SCHEMA: v.GenericSchema<unknown, KeyRecord> = v.strictObject({
  name: v.pipe(v.string(), v.check(isKeyName, 'expected letters, digits, "_", "." and "-", 1 to 64 of them')),
  hash: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, "expected a SHA-256 as 64 hex digits")),
  scopes: v.pipe(
    v.array(v.picklist(SCOPES, `expected scopes of ${SCOPES.join(", ")}`)),
    v.minLength(1, "expected at least one scope"),
  ),
  rate: v.pipe(v.string(), v.check(isRate, "expected a rate such as 600/min")),
  origins: v.array(v.pipe(v.string(), v.check(isOrigin, "expected an origin such as https://example.org"))),
  createdAt: moment,
  expiresAt: v.optional(moment),
  revokedAt: v.optional(moment),
});

/** Whether a text may be a key's name. */
export function isKeyName(text: string): boolean {
  return /^[\w.-]{1,64}$/.test(text);
}

/** Whether a text is a web origin: scheme, host and perhaps a port, nothing behind it. */
export function isOrigin(text: string): boolean {
  return /^https?:\/\//.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

/** Reads a list of scopes such as read,stream. Throws InvalidInput. */
export function parseScopes(text: string): Scope[] {
  const names = text.split(",").map((name) => name.trim());
  const wrong = names.find((name) => !(SCOPES as readonly string[]).includes(name));
  if (wrong !== undefined) throw new InvalidInput(`"${wrong}" is not a scope: expected some of ${SCOPES.join(", ")}`);
  return [...new Set(names)] as Scope[];
}

/** Reads a list of web origins. Throws InvalidInput. */
export function parseOrigins(text: string): string[] {
  const origins = text
    .split(",")
    .map((origin) => origin.trim())
    .filter(Boolean);
  const wrong = origins.find((origin) => !isOrigin(origin));
  if (wrong !== undefined) {
    throw new InvalidInput(`"${wrong}" is not an origin: expected for example https://example.org, without a path`);
  }
  return origins;
}

/**
 * Reads keys from one line of text, for platforms without a disk: `name:hash:scopes`, and perhaps `:rate`, several
 * joined by `;`. Throws InvalidInput that names the entry, never more of it than its name.
 */
export function parseKeyList(text: string): KeyRecord[] {
  const entries = text
    .split(/[;\s]+/)
    .map((entry) => entry.trim())
    .filter(Boolean);
  return entries.map((entry, index) => {
    const [name = "", hash = "", scopes = "", rate = DEFAULT_KEY_RATE, ...rest] = entry.split(":");
    const where = isKeyName(name) ? `key ${name}` : `key ${index + 1}`;
    if (!isKeyName(name) || !/^[0-9a-f]{64}$/i.test(hash) || rest.length > 0) {
      throw new InvalidInput(
        `${where}: expected name:hash:scopes or name:hash:scopes:rate, where hash is the key's SHA-256 in hex, as \`vyx keys create --for-variable\` prints it`,
      );
    }
    try {
      parseRate(rate);
      return { name, hash: hash.toLowerCase(), scopes: parseScopes(scopes), rate, origins: [], createdAt: 0 };
    } catch (cause) {
      if (!(cause instanceof InvalidInput)) throw cause;
      throw new InvalidInput(`${where}: ${cause.message}`, { cause });
    }
  });
}

function isRate(text: string): boolean {
  try {
    parseRate(text);
    return true;
  } catch {
    return false;
  }
}
