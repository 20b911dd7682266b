import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { InvalidInput } from "../../core/mod.ts";
import { type Authorize, type FunctionCaller, FunctionProblem } from "./caller.ts";

/** By what callers are known. At least one must be given. */
export interface AuthorizeOptions {
  /** Opens everything: Supabase's service key, or a secret key. */
  readonly serviceKeys: readonly string[];
  /** What users' tokens are signed with (HS256), as older Supabase projects do. */
  readonly jwtSecret: string | undefined;
  /** Where the public keys are, as newer ones do. */
  readonly jwksUrl: string | undefined;
  /** API keys with the scope trade, by the SHA-256 of the key in hex: the owner's name. */
  readonly tradeKeys: ReadonlyMap<string, string>;
}

/** The audience of a token of somebody who is signed in. */
const SIGNED_IN = "authenticated";

/** Clocks may differ by so much, in seconds. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** Knows callers by a service key, an API key, or a user's token. Throws {@link InvalidInput} when nobody could be known. */
export function authorizeBy(options: AuthorizeOptions): Authorize {
  const keyOf = keySource(options);
  if (options.serviceKeys.length === 0) {
    throw new InvalidInput("no service key is set: execute-trader and trigger-executions could never be called");
  }
  return async (request) => {
    const key = credentialOf(request.headers);
    const hash = await sha256(key);
    for (const service of options.serviceKeys) {
      // Hashes are compared, so that how long it takes says nothing about the key.
      if (hash === (await sha256(service))) return { owner: "service", isService: true };
    }
    const name = options.tradeKeys.get(hash);
    if (name !== undefined) return { owner: `key:${name}`, isService: false };
    if (keyOf === undefined || key.split(".").length !== 3) {
      throw new FunctionProblem(
        "unauthorized",
        "the key opens nothing here: expected the service key, an API key or a user's token",
      );
    }
    return callerOf(await verified(key, keyOf));
  };
}

/** Reads `name:sha256` pairs, comma between them. Throws {@link InvalidInput} that doesn't repeat them. */
export function parseTradeKeys(text: string): Map<string, string> {
  const keys = new Map<string, string>();
  for (const [index, entry] of text
    .split(",")
    .map((one) => one.trim())
    .filter(Boolean)
    .entries()) {
    const [, name, hash] = /^([\w.-]{1,64}):([0-9a-f]{64})$/i.exec(entry) ?? [];
    if (name === undefined || hash === undefined) {
      throw new InvalidInput(`key ${index + 1} is not name:hash, where hash is the key's SHA-256 in hex`);
    }
    keys.set(hash.toLowerCase(), name);
  }
  return keys;
}

function credentialOf(headers: Headers): string {
  const key = headers.get("x-api-key") ?? /^bearer +(\S+) *$/i.exec(headers.get("authorization") ?? "")?.[1];
  if (key !== undefined && key !== null && key !== "") return key;
  throw new FunctionProblem(
    "unauthorized",
    "this needs a key or a token: send it as Authorization: Bearer …, or a key in X-API-Key",
  );
}

function keySource({ jwtSecret, jwksUrl }: AuthorizeOptions): JWTVerifyGetKey | undefined {
  if (jwksUrl !== undefined) return publicKeys(jwksUrl);
  if (jwtSecret === undefined) return undefined;
  const secret = new TextEncoder().encode(jwtSecret);
  return (header) => {
    // A token that says it is signed otherwise isn't checked against the secret at all.
    if (header.alg !== "HS256") throw new errors.JOSEAlgNotAllowed("expected HS256");
    return secret;
  };
}

/** The public keys that stand at an address, read again when a token names one that isn't known. */
function publicKeys(jwksUrl: string): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(jwksUrl));
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (cause) {
      if (isOfToken(cause)) throw cause;
      // Whoever calls may well be who they say: they are told to try again, not to sign in again.
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new FunctionProblem(
        "not_ready",
        `users' tokens can't be checked now, the public keys aren't to be had: ${why}`,
      );
    }
  };
}

/** Whether it is the token that no key fits, rather than the keys that couldn't be read. */
function isOfToken(cause: unknown): boolean {
  return (
    cause instanceof errors.JWKSNoMatchingKey ||
    cause instanceof errors.JWKSMultipleMatchingKeys ||
    cause instanceof errors.JOSENotSupported
  );
}

async function verified(token: string, keyOf: JWTVerifyGetKey): Promise<JWTPayload> {
  try {
    const { payload } = await jwtVerify(token, keyOf, {
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ["exp"],
      algorithms: ["HS256", "RS256", "ES256", "EdDSA"],
    });
    return payload;
  } catch (cause) {
    if (cause instanceof errors.JWTExpired)
      throw new FunctionProblem("unauthorized", "the token has expired: sign in again");
    if (cause instanceof errors.JOSEError) {
      throw new FunctionProblem("unauthorized", "the token is not one of ours, or was changed");
    }
    throw cause;
  }
}

function callerOf(payload: JWTPayload): FunctionCaller {
  if (payload.role === "service_role") return { owner: "service", isService: true };
  const audience = [payload.aud ?? []].flat();
  if (
    payload.sub === undefined ||
    payload.sub === "" ||
    !(payload.role === SIGNED_IN || audience.includes(SIGNED_IN))
  ) {
    throw new FunctionProblem("unauthorized", "the token is nobody's: expected that of a user who is signed in");
  }
  return { owner: payload.sub, isService: false };
}

async function sha256(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
