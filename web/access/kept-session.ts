import { claimsOf } from "./token-claims.ts";

/** The part of a session that the page reads without the library, which writes it. */
export interface KeptSession {
  readonly access_token: string;
  /** Unix seconds by this machine's clock. */
  readonly expires_at: number;
  readonly user?: { readonly email?: string };
}

/** A session as the tab keeps it; undefined when it isn't one. */
export function readKeptSession(text: string | null): KeptSession | undefined {
  try {
    const kept = JSON.parse(text ?? "null") as Partial<KeptSession> | null;
    const email: unknown = kept?.user?.email ?? undefined;
    const isNamed = email === undefined || typeof email === "string";
    return typeof kept?.access_token === "string" && Number.isFinite(kept.expires_at) && isNamed
      ? (kept as KeptSession)
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * A session that is about to be kept in place of another, as text. A token that is new has just been given out, and is good for as
 * long as it says from now on by this machine's clock, which may be hours away from the project's. `now`: Unix milliseconds.
 */
export function byLocalClock(text: string, before: string | null, now: number): string {
  const session = readKeptSession(text);
  if (session === undefined || session.access_token === readKeptSession(before)?.access_token) return text;
  const { iat, exp } = claimsOf(session.access_token);
  const { expires_in: expiresIn } = session as { readonly expires_in?: unknown };
  // The library reckons what it says itself by both clocks, when it takes over the tokens of a mail's link.
  const seconds = typeof iat === "number" && typeof exp === "number" ? exp - iat : expiresIn;
  if (typeof seconds !== "number") return text;
  return JSON.stringify({ ...session, expires_in: seconds, expires_at: Math.floor(now / 1_000) + seconds });
}
