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
