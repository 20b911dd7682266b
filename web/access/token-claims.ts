/** The claims of a token, unverified: the project and the server verify tokens. */
export interface TokenClaims {
  readonly email?: unknown;
  /** When it was given out and until when it is good, in Unix seconds by the project's clock. */
  readonly iat?: unknown;
  readonly exp?: unknown;
}

/** The claims of a token; none when it isn't built like one. */
export function claimsOf(token: string): TokenClaims {
  try {
    const bytes = atob((token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/"));
    const text = new TextDecoder().decode(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)));
    return (JSON.parse(text) as TokenClaims | null) ?? {};
  } catch {
    return {};
  }
}
