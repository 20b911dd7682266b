/** What can go wrong with an exchange, by the names that `--faults` takes. */
export const FAULT_KINDS = [
  "disconnect",
  "stall",
  "ack-only",
  "drop",
  "duplicate",
  "reorder",
  "late-close",
  "no-close",
  "garbage",
  "truncate",
  "shutdown",
  "cut-24h",
  "http-429",
  "http-418",
  "http-5xx",
  "http-slow",
  "http-451",
  "halt",
  "list",
  "delist",
  "restate",
  "dead-air",
  "junk-frames",
  "clock-ahead",
  "clock-behind",
  "future-row",
  "wrong-length",
  "wrong-unit",
  "bad-history-row",
  "passing-1121",
  "status-unknown",
  "bad-entry",
  "duplicate-entry",
  "endless-body",
  "bomb",
  "drip",
  "redirect",
  "html-200",
  "retry-after",
  "tls",
] as const;

/** One of {@link FAULT_KINDS}. */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** How often a fault comes: so many times an hour, with a share of its occasions, or whenever its one occasion is there. */
export type FaultMeasure = "rate" | "share" | "none";

/** What there is to know of a fault before it happens. */
export interface FaultFacts {
  readonly measure: FaultMeasure;
  /** How often when only the name is given: times an hour of market time, or a share from 0 to 1. */
  readonly usual: number;
  /** What the rate or the share is counted by. */
  readonly of: string;
  readonly says: string;
}

/** All that there is to know of each kind. */
export const FAULTS: Readonly<Record<FaultKind, FaultFacts>> = {
  disconnect: { measure: "rate", usual: 2, of: "connection", says: "the socket closes without a word" },
  stall: { measure: "rate", usual: 1, of: "connection", says: "the socket stays open and is silent for good" },
  "ack-only": {
    measure: "share",
    usual: 0.01,
    of: "SUBSCRIBE, or stream in a URL",
    says: "acknowledged, and never delivers",
  },
  drop: { measure: "share", usual: 0.001, of: "frame", says: "it is lost" },
  duplicate: { measure: "share", usual: 0.001, of: "frame", says: "it comes twice" },
  reorder: {
    measure: "share",
    usual: 0.001,
    of: "frame",
    says: "it comes after the next one, of the connection or of its stream",
  },
  "late-close": { measure: "share", usual: 0.01, of: "close", says: "the final comes 1 to 30 s late" },
  "no-close": { measure: "share", usual: 0.005, of: "close", says: "the final never comes on the stream" },
  garbage: { measure: "share", usual: 0.001, of: "frame", says: "something that can't be meant comes in its place" },
  truncate: { measure: "share", usual: 0.001, of: "frame", says: "only its beginning comes" },
  shutdown: {
    measure: "rate",
    usual: 0.5,
    of: "connection",
    says: "serverShutdown is told, and 1 to 10 s later it closes",
  },
  "cut-24h": { measure: "none", usual: 1, of: "connection", says: "it closes after 24 hours" },
  "http-429": { measure: "rate", usual: 2, of: "address", says: "refused for 10 to 60 s; going on brings a ban" },
  "http-418": { measure: "rate", usual: 0.2, of: "address", says: "banned for 2 to 5 minutes" },
  "http-5xx": { measure: "share", usual: 0.02, of: "request", says: "500, 502, 503 or 504" },
  "http-slow": {
    measure: "share",
    usual: 0.01,
    of: "request",
    says: "a stale answer comes 5 to 40 s late, by the client's clock",
  },
  "http-451": { measure: "rate", usual: 0.1, of: "address", says: "the place isn't served, for 1 to 5 minutes" },
  halt: { measure: "rate", usual: 0.5, of: "exchange", says: "a symbol doesn't trade for 2 to 30 minutes" },
  list: { measure: "rate", usual: 0.25, of: "exchange", says: "a new symbol appears" },
  delist: {
    measure: "rate",
    usual: 0.1,
    of: "exchange",
    says: "a symbol goes to BREAK, and 10 to 30 minutes later it is gone",
  },
  restate: {
    measure: "share",
    usual: 0.001,
    of: "closed candle",
    says: "1 to 30 candles later its amounts are higher, by REST alone",
  },
  "dead-air": {
    measure: "rate",
    usual: 0.25,
    of: "exchange",
    says: "every connection stays open and brings nothing but pings, for 20 s to 3 minutes",
  },
  "junk-frames": {
    measure: "rate",
    usual: 0.25,
    of: "exchange",
    says: "in place of every frame comes what proves nothing, for 20 s to 3 minutes",
  },
  "clock-ahead": { measure: "share", usual: 0.0005, of: "frame", says: "it is dated 1 minute to 24 hours ahead" },
  "clock-behind": { measure: "share", usual: 0.0005, of: "frame", says: "it is dated 1 minute to 24 hours back" },
  "future-row": { measure: "share", usual: 0.005, of: "klines answer", says: "a row of 1 to 48 hours ahead is in it" },
  "wrong-length": { measure: "share", usual: 0.005, of: "klines answer", says: "a row ends an hour late" },
  "wrong-unit": { measure: "share", usual: 0.005, of: "klines answer", says: "its times are micro- or seconds" },
  "bad-history-row": {
    measure: "share",
    usual: 0.005,
    of: "klines answer",
    says: "a row has a low of 0, comes twice, or opens off the minute",
  },
  "passing-1121": { measure: "share", usual: 0.005, of: "klines answer", says: "-1121 for a symbol that there is" },
  "status-unknown": {
    measure: "share",
    usual: 0.1,
    of: "exchangeInfo answer",
    says: "a symbol has a status that nobody has heard of",
  },
  "bad-entry": {
    measure: "share",
    usual: 0.1,
    of: "exchangeInfo answer",
    says: "entries that are none, and one without its base asset or filters",
  },
  "duplicate-entry": {
    measure: "share",
    usual: 0.1,
    of: "exchangeInfo answer",
    says: "every symbol is told three times",
  },
  "endless-body": { measure: "share", usual: 0.001, of: "request", says: "the answer never ends" },
  bomb: { measure: "share", usual: 0.001, of: "request", says: "a megabyte of gzip that becomes a gigabyte" },
  drip: { measure: "share", usual: 0.002, of: "request", says: "the answer comes a byte a second" },
  redirect: { measure: "share", usual: 0.002, of: "request", says: "302 to somewhere else" },
  "html-200": { measure: "share", usual: 0.002, of: "request", says: "200 with a page" },
  "retry-after": {
    measure: "rate",
    usual: 0.2,
    of: "address",
    says: "refused for 10 to 50 s, with a Retry-After that is a date, a fraction, a word, negative or empty",
  },
  tls: {
    measure: "rate",
    usual: 0.2,
    of: "exchange",
    says: "no request or new connection passes its TLS handshake, for 20 s to 3 minutes; over plain HTTP they get 400",
  },
};

/** Whether it is the name of a fault. */
export function isFaultKind(text: string): text is FaultKind {
  return Object.hasOwn(FAULTS, text);
}
