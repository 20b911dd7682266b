/** What a key may do. `admin` is for the server's operator and doesn't include the others. */
export const SCOPES = ["read", "stream", "trade", "screen", "metrics", "admin"] as const;

/** One of {@link SCOPES}. */
export type Scope = (typeof SCOPES)[number];

/** What each scope opens, for help texts and the contract's pages. */
export const SCOPE_SAYS: Readonly<Record<Scope, string>> = {
  read: "klines, tickers, symbols, closes and coverage over HTTP",
  stream: "the WebSocket, and tickets for it",
  trade: "traders and signals",
  screen: "screening",
  metrics: "GET /metrics",
  admin: "changing the server while it runs",
};
