/** Where the connection to the server stands. Moments are local milliseconds. */
export type ConnectionState =
  | { readonly kind: "connecting" }
  | { readonly kind: "connected" }
  /** The server hasn't answered for two seconds; it may yet. */
  | { readonly kind: "silent" }
  | { readonly kind: "waiting"; readonly until: number; readonly reason: string }
  /** It won't be tried again. `isAccess`: because the server wants a key, or another one. */
  | { readonly kind: "lost"; readonly reason: string; readonly isAccess: boolean };

/** The state in words. "connected", not "live": made-up prices arrive over a good connection too. */
export function connectionText(state: ConnectionState, now: number): string {
  switch (state.kind) {
    case "connecting":
      return "connecting";
    case "connected":
      return "connected";
    case "silent":
      return "no answer";
    case "waiting":
      // Past the moment of the next try, its outcome is what is waited for.
      return state.until > now
        ? `disconnected, retry in ${Math.ceil((state.until - now) / 1_000)} s`
        : "disconnected, reconnecting";
    case "lost":
      return state.isAccess ? "no access" : "disconnected";
  }
}
