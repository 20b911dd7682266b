import type { Interval, MarketId, UnixMs } from "../core/mod.ts";
import type { Signal } from "./functions/signals.ts";
import type { WireKline, WireTicker } from "./kline.ts";

/** The protocol that `hello` names. A client that reads another number should say so and stop. */
export const PROTOCOL_VERSION = 1;

/** The first message on every socket. */
export interface HelloMessage {
  readonly type: "hello";
  readonly protocol: number;
  readonly serverTime: UnixMs;
  readonly version: string;
  readonly source: string;
  /** Names the market behind this address; another one when it was replaced. Servers before it say none. */
  readonly epoch?: string;
}

/** A kline channel's history, once after subscribing. `recovered`: all that the exchange has since `since` is in it. */
export interface SnapshotMessage {
  readonly type: "snapshot";
  readonly channel: string;
  readonly klines: readonly WireKline[];
  readonly recovered: boolean;
}

/**
 * The newest state of a kline. `channel` always names the symbol: on `kline:*:1m` too it says `kline:BTCUSDT:1m`. A closed
 * kline comes once; again only, and then marked as `restated`, when the exchange tells it otherwise later.
 */
export interface KlineMessage {
  readonly type: "kline";
  readonly channel: string;
  readonly kline: WireKline;
  readonly restated?: true;
  /** With `format=timed`: the market's time when it had this state. */
  readonly time?: UnixMs;
}

/** A ticker's newest state. */
export interface TickerMessage {
  readonly type: "ticker";
  readonly channel: string;
  readonly ticker: WireTicker;
}

/** All tickers first, then those that changed, about each second. */
export interface TickersMessage {
  readonly type: "tickers";
  /** Set on the channels that name a market. */
  readonly market?: MarketId | undefined;
  readonly tickers: readonly WireTicker[];
}

/**
 * A close of an interval. `symbols` closed since the last message for this close time, so each comes once; `pending`
 * are still to come. The first message waits until all closed, or 2 s of market time.
 */
export interface CloseMessage {
  readonly type: "close";
  /** Set on the channels that name a market. */
  readonly market?: MarketId | undefined;
  readonly interval: Interval;
  readonly closeTime: UnixMs;
  readonly symbols: readonly string[];
  readonly pending: readonly string[];
}

/** A signal was stored by one of the caller's traders. */
export interface SignalMessage {
  readonly type: "signal";
  readonly signal: Signal;
}

/** The answer to a subscribe or unsubscribe: the channels that are now on (or off), by their one name. */
export interface AckMessage {
  readonly type: "ack";
  readonly id: number | string | null;
  readonly channels: readonly string[];
}

/** A request that can't be met; the socket stays open. `id` is the request's, if it had one. */
export interface ErrorMessage {
  readonly type: "error";
  readonly id: number | string | null;
  readonly code: string;
  readonly detail: string;
  /** With `rate_limited`: when to ask again. */
  readonly retryAfterSeconds?: number;
}

/** The answer to a ping. */
export interface PongMessage {
  readonly type: "pong";
}

/** With `format=packed`: the ids by which binary frames name symbols, before the first frame that does. They hold for the connection. */
export interface IdsMessage {
  readonly type: "ids";
  readonly symbols: Readonly<Record<string, number>>;
}

/** All that the server says on `/ws` as text. */
export type ServerMessage =
  | HelloMessage
  | IdsMessage
  | SnapshotMessage
  | KlineMessage
  | TickerMessage
  | TickersMessage
  | CloseMessage
  | SignalMessage
  | AckMessage
  | ErrorMessage
  | PongMessage;
