import {
  createRemoteJWKSet,
  customFetch,
  errors,
  type FetchImplementation,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
} from "jose";
import { reasonOf } from "../core/mod.ts";
import { FunctionProblem } from "./functions/caller.ts";

/** By what users' tokens are checked: at least one of the first two must be given. */
export interface UserTokenOptions {
  /** What they are signed with (HS256), as older Supabase projects do. */
  readonly jwtSecret: string | undefined;
  /** Where the public keys are, as newer ones do. */
  readonly jwksUrl: string | undefined;
  /** Who must have issued them, as the claim `iss` says; undefined takes any issuer. */
  readonly issuer: string | undefined;
  /** Local time in Unix milliseconds. */
  readonly now: () => number;
}

/** Whose a token is. */
export interface UserToken {
  /** Whose traders are meant: the user's id. */
  readonly owner: string;
  /** It is the project's own, and opens everything. */
  readonly isService: boolean;
  /** Until when it is taken, in Unix milliseconds. */
  readonly expiresAt: number;
}

/** Says whose a token is. Rejects with {@link FunctionProblem}: `unauthorized`, or `not_ready` while it can't be told. */
export type ReadUserToken = (token: string) => Promise<UserToken>;

/** The audience of a token of somebody who is signed in. */
const SIGNED_IN = "authenticated";

/** Who has issued the keys of older projects, which are tokens that their secret signs. They name no address. */
const ISSUER_OF_KEYS = "supabase";

/** Clocks may differ by so much, in seconds. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** Public keys that were read longer ago are read again before a token is checked by them, in milliseconds. */
const KEYS_KEPT_MS = 300_000;

/** Where the public keys couldn't be read, they aren't asked for again sooner, in milliseconds. */
const ASK_AGAIN_AFTER_MS = 1_000;

/** What an id may be: never as long, or of such signs, as to be mistaken for something else where owners are kept and logged. */
const ID = /^[\w.@|-]{1,128}$/;

/** Owners that aren't users: whoever comes where no keys are needed, and the service. Those of keys hold a colon. */
const OUR_OWN: ReadonlySet<string> = new Set(["local", "service"]);

/** How tokens of a project are read; undefined when there is nothing to check them by. */
export function userTokens(options: UserTokenOptions): ReadUserToken | undefined {
  const keyOf = keySource(options);
  if (keyOf === undefined) return undefined;
  return async (token) => holderOf(await verified(token, keyOf, options.now()), options.issuer);
}

/** Whether a text is built like a token: three parts, the last of which is empty where nobody has signed it. */
export function isLikeToken(text: string): boolean {
  return text.includes(".") && text.split(".", 4).length === 3;
}

/** The secret is for HS256 alone and the public keys for all else, so that no public key ever passes for a secret. */
function keySource({ jwtSecret, jwksUrl, now }: UserTokenOptions): JWTVerifyGetKey | undefined {
  const secret = jwtSecret === undefined ? undefined : new TextEncoder().encode(jwtSecret);
  const keys = jwksUrl === undefined ? undefined : publicKeys(jwksUrl, now);
  if (secret === undefined) return keys;
  return async (header, token) => {
    if (header.alg === "HS256") return secret;
    if (keys === undefined) throw new errors.JOSEAlgNotAllowed("expected HS256");
    return await keys(header, token);
  };
}

/** The public keys that stand at an address, read again when they are old, or when a token names one that isn't known. */
function publicKeys(jwksUrl: string, now: () => number): JWTVerifyGetKey {
  let readAt = Number.NEGATIVE_INFINITY;
  const keys = createRemoteJWKSet(new URL(jwksUrl), {
    // How old they are is told by our own clock.
    cacheMaxAge: Number.POSITIVE_INFINITY,
    [customFetch]: askedSparingly(now),
  });
  return async (header, token) => {
    try {
      // A clock that was set back tells nothing of their age.
      if (Math.abs(now() - readAt) >= KEYS_KEPT_MS) {
        await keys.reload();
        readAt = now();
      }
      return await keys(header, token);
    } catch (cause) {
      if (isOfToken(cause)) throw cause;
      // Whoever calls may well be who they say: they are told to try again, not to sign in again.
      const why = reasonOf(cause);
      throw new FunctionProblem(
        "not_ready",
        `users' tokens can't be checked now, the public keys aren't to be had: ${why}`,
      );
    }
  };
}

/** Fetches, and fails for a moment in the same way as the last time: many may wait for what isn't there. */
function askedSparingly(now: () => number): FetchImplementation {
  let failed: { readonly at: number; readonly cause: unknown } | undefined;
  return async (url, init) => {
    if (failed !== undefined && Math.abs(now() - failed.at) < ASK_AGAIN_AFTER_MS) throw failed.cause;
    try {
      const answer = await fetch(url, init);
      if (answer.status !== 200) throw new Error(`they were answered with ${answer.status}, expected 200`);
      failed = undefined;
      return answer;
    } catch (cause) {
      failed = { at: now(), cause };
      throw cause;
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

async function verified(token: string, keyOf: JWTVerifyGetKey, now: number): Promise<JWTPayload & { exp: number }> {
  try {
    const { payload } = await jwtVerify(token, keyOf, {
      currentDate: new Date(now),
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ["exp"],
      algorithms: ["HS256", "RS256", "ES256", "EdDSA"],
    });
    return payload as JWTPayload & { exp: number };
  } catch (cause) {
    if (cause instanceof errors.JWTExpired)
      throw new FunctionProblem("unauthorized", "the token has expired: sign in again");
    if (cause instanceof errors.JOSEError) {
      throw new FunctionProblem("unauthorized", "the token is not one of ours, or was changed");
    }
    throw cause;
  }
}

/** A token that says for whom it was made is taken only if that is whoever is signed in; one that doesn't goes by its role. */
function holderOf(
  { role, aud, sub, exp, iss, is_anonymous: isAnonymous }: JWTPayload & { exp: number },
  issuer: string | undefined,
): UserToken {
  const expiresAt = (exp + CLOCK_TOLERANCE_SECONDS) * 1_000;
  const isOurs = issuer === undefined || iss === issuer || (role === "service_role" && iss === ISSUER_OF_KEYS);
  if (!isOurs) {
    throw new FunctionProblem("unauthorized", `the token is of another project: expected one issued by ${issuer}`);
  }
  if (role === "service_role") return { owner: "service", isService: true, expiresAt };
  const isSignedIn = aud === undefined ? role === SIGNED_IN : [aud].flat().includes(SIGNED_IN);
  if (sub === undefined || sub === "" || !isSignedIn) {
    throw new FunctionProblem("unauthorized", "the token is nobody's: expected that of a user who is signed in");
  }
  if (typeof sub !== "string" || !ID.test(sub) || OUR_OWN.has(sub)) {
    throw new FunctionProblem("unauthorized", "the token names no user: expected an id of letters, digits and signs");
  }
  if (isAnonymous === true) {
    throw new FunctionProblem(
      "unauthorized",
      "the token is of a visitor without an account: expected that of a user who has signed in with one",
    );
  }
  return { owner: sub, isService: false, expiresAt };
}
