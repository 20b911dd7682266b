import type { MarketId } from "../../core/mod.ts";

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
  "403-ten-minutes",
  "error-in-200",
  "silent-old-path",
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

/** How often a fault comes: so many times an hour, with a share of its occasions, whenever its one occasion is there, or always. */
export type FaultMeasure = "rate" | "share" | "none" | "always";

/** What there is to know of a fault before it happens. */
export interface FaultFacts {
  readonly measure: FaultMeasure;
  /** How often when only the name is given: times an hour of market time, or a share from 0 to 1. */
  readonly usual: number;
  /** What the rate or the share is counted by. */
  readonly of: string;
  readonly says: string;
  /** The markets that it occurs on; all of them when left out. */
  readonly markets?: readonly MarketId[];
}

const SPOT: readonly MarketId[] = ["binance"];
const USDM: readonly MarketId[] = ["binance-usdm"];
const BINANCE: readonly MarketId[] = [...SPOT, ...USDM];
const BYBIT: readonly MarketId[] = ["bybit", "bybit-linear"];

/** All that there is to know of each kind. */
export const FAULTS: Readonly<Record<FaultKind, FaultFacts>> = {
  disconnect: { measure: "rate", usual: 2, of: "connection", says: "the socket closes without a close frame" },
  stall: { measure: "rate", usual: 1, of: "connection", says: "the socket stays open and sends nothing more" },
  "ack-only": {
    measure: "share",
    usual: 0.01,
    of: "subscribe request, or stream in a URL",
    says: "the subscription is acknowledged, but sends no data",
  },
  drop: { measure: "share", usual: 0.001, of: "frame", says: "the frame is lost" },
  duplicate: { measure: "share", usual: 0.001, of: "frame", says: "the frame is sent twice" },
  reorder: {
    measure: "share",
    usual: 0.001,
    of: "frame",
    says: "the frame is sent after the next one of its connection or stream",
  },
  "late-close": { measure: "share", usual: 0.01, of: "close", says: "the final state is sent 1 to 30 s late" },
  "no-close": { measure: "share", usual: 0.005, of: "close", says: "the stream never sends the final state" },
  garbage: { measure: "share", usual: 0.001, of: "frame", says: "invalid data is sent instead" },
  truncate: { measure: "share", usual: 0.001, of: "frame", says: "only its beginning is sent" },
  shutdown: {
    measure: "rate",
    usual: 0.5,
    of: "connection",
    says: "serverShutdown is sent, and the socket closes 1 to 10 s later",
    markets: SPOT,
  },
  "cut-24h": {
    measure: "none",
    usual: 1,
    of: "connection",
    says: "the socket closes after 24 hours",
    markets: BINANCE,
  },
  "http-429": {
    measure: "rate",
    usual: 2,
    of: "address",
    says: "429 for 10 to 60 s; further requests cause a ban",
    markets: BINANCE,
  },
  "http-418": {
    measure: "rate",
    usual: 0.2,
    of: "address",
    says: "418 (banned) for 2 to 5 minutes",
    markets: BINANCE,
  },
  "http-5xx": { measure: "share", usual: 0.02, of: "request", says: "500, 502, 503 or 504" },
  "http-slow": {
    measure: "share",
    usual: 0.01,
    of: "request",
    says: "an outdated answer, 5 to 40 s late by the client's clock",
  },
  "http-451": {
    measure: "rate",
    usual: 0.1,
    of: "address",
    says: "451 (location not served) for 1 to 5 minutes",
    markets: BINANCE,
  },
  "403-ten-minutes": {
    measure: "rate",
    usual: 0.2,
    of: "address",
    says: "403 (access too frequent) for ten minutes of the local clock",
    markets: BYBIT,
  },
  "error-in-200": {
    measure: "share",
    usual: 0.01,
    of: "request",
    says: "200 with a retCode: 10006 (too many visits), 10016 (internal error) or, for klines, 10001 (unknown symbol)",
    markets: BYBIT,
  },
  "silent-old-path": {
    measure: "always",
    usual: 1,
    of: "connection",
    says: "/ws and /stream without /market acknowledge everything and send no data",
    markets: USDM,
  },
  halt: { measure: "rate", usual: 0.5, of: "exchange", says: "a symbol doesn't trade for 2 to 30 minutes" },
  list: { measure: "rate", usual: 0.25, of: "exchange", says: "a new symbol appears" },
  delist: {
    measure: "rate",
    usual: 0.1,
    of: "exchange",
    says: "a symbol stops trading, and 10 to 30 minutes later it is gone",
  },
  restate: {
    measure: "share",
    usual: 0.001,
    of: "closed candle",
    says: "1 to 30 candles later REST reports higher volumes for it",
  },
  "dead-air": {
    measure: "rate",
    usual: 0.25,
    of: "exchange",
    says: "all connections stay open but send only pings, for 20 s to 3 minutes",
  },
  "junk-frames": {
    measure: "rate",
    usual: 0.25,
    of: "exchange",
    says: "frames without market data replace all frames, for 20 s to 3 minutes",
  },
  "clock-ahead": { measure: "share", usual: 0.0005, of: "frame", says: "its event time is 1 minute to 24 hours ahead" },
  "clock-behind": {
    measure: "share",
    usual: 0.0005,
    of: "frame",
    says: "its event time is 1 minute to 24 hours behind",
  },
  "future-row": {
    measure: "share",
    usual: 0.005,
    of: "klines answer",
    says: "it contains a row from 1 to 48 hours in the future",
  },
  "wrong-length": {
    measure: "share",
    usual: 0.005,
    of: "klines answer",
    says: "a row ends an hour late",
    markets: BINANCE,
  },
  "wrong-unit": {
    measure: "share",
    usual: 0.005,
    of: "klines answer",
    says: "its times are in seconds or microseconds",
  },
  "bad-history-row": {
    measure: "share",
    usual: 0.005,
    of: "klines answer",
    says: "a row has a low of 0, is duplicated, or doesn't open at a full minute",
  },
  "passing-1121": {
    measure: "share",
    usual: 0.005,
    of: "klines answer",
    says: "error -1121 for a symbol that exists",
    markets: BINANCE,
  },
  "status-unknown": {
    measure: "share",
    usual: 0.1,
    of: "listing answer",
    says: "a symbol has an unknown status",
  },
  "bad-entry": {
    measure: "share",
    usual: 0.1,
    of: "listing answer",
    says: "invalid entries, and one without its base asset or filters",
  },
  "duplicate-entry": {
    measure: "share",
    usual: 0.1,
    of: "listing answer",
    says: "every symbol is listed three times",
  },
  "endless-body": { measure: "share", usual: 0.001, of: "request", says: "the answer never ends" },
  bomb: { measure: "share", usual: 0.001, of: "request", says: "a megabyte of gzip that becomes a gigabyte" },
  drip: { measure: "share", usual: 0.002, of: "request", says: "the answer arrives one byte per second" },
  redirect: { measure: "share", usual: 0.002, of: "request", says: "302 to another host" },
  "html-200": { measure: "share", usual: 0.002, of: "request", says: "200 with an HTML page" },
  "retry-after": {
    measure: "rate",
    usual: 0.2,
    of: "address",
    says: "429 for 10 to 50 s, with a Retry-After that is a date, a fraction, a word, negative or empty",
    markets: BINANCE,
  },
  tls: {
    measure: "rate",
    usual: 0.2,
    of: "exchange",
    says: "all TLS handshakes fail for 20 s to 3 minutes; plain HTTP requests get 400",
  },
};

/** The faults that occur on a market. */
export function faultKindsOf(market: MarketId): readonly FaultKind[] {
  return FAULT_KINDS.filter((kind) => FAULTS[kind].markets?.includes(market) ?? true);
}

/** Whether it is the name of a fault. */
export function isFaultKind(text: string): text is FaultKind {
  return Object.hasOwn(FAULTS, text);
}
