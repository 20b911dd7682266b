/** Why the server closes a WebSocket. Below 4500 the client should come back, from 4500 on it shouldn't. */
export const CLOSE = {
  /** Server is shutting down: come back, with back-off. */
  shutdown: 4001,
  /** Open for as long as the server keeps sockets: come back at once, perhaps to another server. */
  tooOld: 4002,
  /** Too slow for its closed klines and signals: come back with `since`. */
  tooSlow: 4008,
  /** Went on sending faster than it may: come back, with back-off. */
  tooManyMessages: 4009,
  /** Bad key or ticket, or a key or token that has ended. */
  unauthorized: 4500,
  /** Malformed or oversized frame. */
  malformed: 4501,
  /** Too many channels. */
  tooManyChannels: 4502,
} as const;

/** One of {@link CLOSE}. */
export type CloseCode = (typeof CLOSE)[keyof typeof CLOSE];

/** Each code in words, for the contract's page. */
export const CLOSE_SAYS: Readonly<Record<CloseCode, { readonly says: string; readonly comeBack: string }>> = {
  [CLOSE.shutdown]: { says: "the server is shutting down", comeBack: "yes, with back-off" },
  [CLOSE.tooOld]: {
    says: "open for as long as the server keeps sockets, so that they spread over all servers",
    comeBack: "yes, with `since`",
  },
  [CLOSE.tooSlow]: {
    says: "too slow: too much waits for the client, or it has read nothing for too long",
    comeBack: "yes, with `since`",
  },
  [CLOSE.tooManyMessages]: { says: "went on sending faster than it may", comeBack: "yes, with back-off, and slower" },
  [CLOSE.unauthorized]: {
    says: "bad key or ticket, or a key or token that has ended",
    comeBack: "no, unless with a newer token; once with another ticket",
  },
  [CLOSE.malformed]: { says: "malformed or oversized frame", comeBack: "no" },
  [CLOSE.tooManyChannels]: { says: "too many channels", comeBack: "no" },
};
