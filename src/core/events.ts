import type { Interval } from "./interval.ts";
import type { Kline } from "./kline.ts";
import type { Symbol } from "./symbol.ts";
import type { Ticker } from "./ticker.ts";
import type { UnixMs } from "./time.ts";

/** Candles by their open times, both ends included. */
export interface OpenTimeRange {
  readonly from: UnixMs;
  readonly to: UnixMs;
}

/** One state of one kline, as a stream sent it. The object may be reused after the sink returns: copy what you keep. */
export interface KlineEvent {
  readonly type: "kline";
  readonly symbol: Symbol;
  readonly interval: Interval;
  readonly kline: Readonly<Kline>;
  /** The exchange's clock when it sent this state: a later one replaces an earlier one. */
  readonly eventTime: UnixMs;
}

/**
 * What the exchange answered when asked for a range: for every open time from `from` to `to` the klines are all that it
 * has, so what isn't among them doesn't exist there. Oldest first. A candle that wasn't over when the exchange was asked is in
 * the range only if it is among the klines: it may come to be yet.
 */
export interface HistoryEvent extends OpenTimeRange {
  readonly type: "history";
  readonly symbol: Symbol;
  readonly interval: Interval;
  readonly klines: readonly Kline[];
  /**
   * Market time when the exchange was asked. A closed kline that differs from the one we hold, and had long been over by
   * then, is a restatement; without this it only contradicts.
   */
  readonly askedAt?: UnixMs;
}

/** From this open time on, something may be missing until a history event covers it: a cut, a stall, a lost close. */
export interface GapEvent {
  readonly type: "gap";
  readonly symbol: Symbol;
  readonly interval: Interval;
  readonly from: UnixMs;
  readonly reason: string;
}

/** A symbol's 24 hours changed. */
export interface TickerEvent {
  readonly type: "ticker";
  readonly ticker: Ticker;
}

/** Which symbols are followed now, with the exchange's facts of each. Replaces what an earlier one said. */
export interface SymbolsEvent {
  readonly type: "symbols";
  readonly symbols: readonly SymbolInfo[];
}

/**
 * The confirmed market time. The feed sends it at the start, and when market time turns out to be earlier than it was believed.
 * Moments after it lie in the future, even if earlier events or a checkpoint contain data for them.
 */
export interface ClockEvent {
  readonly type: "clock";
  readonly marketTime: UnixMs;
}

/** A connection to the exchange came up (again). */
export interface ConnectedEvent {
  readonly type: "connected";
  readonly connection: string;
}

/** A connection to the exchange was lost or given up, in words. */
export interface DisconnectedEvent {
  readonly type: "disconnected";
  readonly connection: string;
  readonly reason: string;
}

/** All that a feed passes on. Gaps and disconnects are events too. */
export type MarketEvent =
  | KlineEvent
  | HistoryEvent
  | GapEvent
  | TickerEvent
  | SymbolsEvent
  | ClockEvent
  | ConnectedEvent
  | DisconnectedEvent;

/**
 * The exchange's statuses of a symbol (Binance spot API, 2026-07), and two of ours. UNKNOWN: the exchange lists it with a word
 * that isn't one of these, or with none; nothing is expected of it, and what its streams bring is taken. DELISTED: the exchange
 * doesn't list it any more, and what is held of it is all that there will be.
 */
export const SYMBOL_STATUSES = [
  "TRADING",
  "END_OF_DAY",
  "HALT",
  "BREAK",
  "CANCEL_ONLY",
  "UNKNOWN",
  "DELISTED",
] as const;

/** One of {@link SYMBOL_STATUSES}. */
export type SymbolStatus = (typeof SYMBOL_STATUSES)[number];

/** What the exchange says of a symbol itself. Decimals are digits behind the point, for display. */
export interface SymbolInfo {
  readonly symbol: Symbol;
  readonly base: string;
  readonly quote: string;
  readonly status: SymbolStatus;
  /** The exchange's own word where `status` is UNKNOWN, if it sent one, for example PRE_MARKET. */
  readonly exchangeStatus?: string;
  readonly priceDecimals: number;
  readonly quantityDecimals: number;
  /** Of a contract: whether it ends on a day. Left out for what is traded itself. */
  readonly contract?: "perpetual" | "delivery";
  /** Of a contract: the asset that gains and losses are paid in. */
  readonly settle?: string;
  /** Of a contract: the step of its prices, in the quote asset. */
  readonly tickSize?: number;
  /** Of a contract: the step of quantities, in the base asset. */
  readonly lotSize?: number;
}
