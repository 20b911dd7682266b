import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from "jose";
import { FunctionProblem } from "./functions/caller.ts";

/** By what users' tokens are checked: at least one of the first two must be given. */
export interface UserTokenOptions {
  /** What they are signed with (HS256), as older Supabase projects do. */
  readonly jwtSecret: string | undefined;
  /** Where the public keys are, as newer ones do. */
  readonly jwksUrl: string | undefined;
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

/** Clocks may differ by so much, in seconds. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** How tokens of a project are read; undefined when there is nothing to check them by. */
export function userTokens(options: UserTokenOptions): ReadUserToken | undefined {
  const keyOf = keySource(options);
  if (keyOf === undefined) return undefined;
  return async (token) => holderOf(await verified(token, keyOf, options.now()));
}

/** Whether a text is built like a token: three parts, the last of which is empty where nobody has signed it. */
export function isLikeToken(text: string): boolean {
  return text.includes(".") && text.split(".", 4).length === 3;
}

/** The secret is for HS256 alone and the public keys for all else, so that no public key ever passes for a secret. */
function keySource({ jwtSecret, jwksUrl }: UserTokenOptions): JWTVerifyGetKey | undefined {
  const secret = jwtSecret === undefined ? undefined : new TextEncoder().encode(jwtSecret);
  const keys = jwksUrl === undefined ? undefined : publicKeys(jwksUrl);
  if (secret === undefined) return keys;
  return async (header, token) => {
    if (header.alg === "HS256") return secret;
    if (keys === undefined) throw new errors.JOSEAlgNotAllowed("expected HS256");
    return await keys(header, token);
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
function holderOf({ role, aud, sub, exp }: JWTPayload & { exp: number }): UserToken {
  const expiresAt = (exp + CLOCK_TOLERANCE_SECONDS) * 1_000;
  if (role === "service_role") return { owner: "service", isService: true, expiresAt };
  const isSignedIn = aud === undefined ? role === SIGNED_IN : [aud].flat().includes(SIGNED_IN);
  if (sub === undefined || sub === "" || !isSignedIn) {
    throw new FunctionProblem("unauthorized", "the token is nobody's: expected that of a user who is signed in");
  }
  return { owner: sub, isService: false, expiresAt };
}
