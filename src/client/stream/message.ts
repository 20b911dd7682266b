import type { UnixMs } from "../../core/mod.ts";
import type {
  CloseMessage,
  KlineMessage,
  SignalMessage,
  SnapshotMessage,
  TickerMessage,
  TickersMessage,
} from "../../wire/mod.ts";

/**
 * Something is missing, or may be. For klines by open times, both included: these didn't come, or without `to` all from
 * `from` on is uncertain; read them over HTTP once the server has them. Without times, a channel that can't be resumed
 * (`close:…`, `signals`) was cut.
 */
export interface GapMessage {
  readonly type: "gap";
  readonly channel: string;
  readonly from?: UnixMs;
  readonly to?: UnixMs;
}

/** The server was reached, and is subscribed to again. */
export interface ConnectedMessage {
  readonly type: "connected";
  /** Where the server's market comes from: binance, recorded or simulated. */
  readonly source: string;
  readonly version: string;
}

/** The connection is gone. The next try follows in `retryInMs`, or, when that is undefined, once you have read what waits. */
export interface DisconnectedMessage {
  readonly type: "disconnected";
  readonly reason: string;
  readonly retryInMs: number | undefined;
}

/** The server doesn't answer; the connection is kept for `silentPatienceMs` in case that it does again, which is told as `heard`. */
export interface SilentMessage {
  readonly type: "silent";
}

/** After `silent`: something came, and all is as it was. */
export interface HeardMessage {
  readonly type: "heard";
}

/** The server doesn't have the channel. A new one is given up; one that it had before is asked for again and again. */
export interface RefusedMessage {
  readonly type: "refused";
  readonly channel: string;
  readonly code: string;
  readonly detail: string;
}

/** All that a subscription tells. Gaps and lost connections are messages too. */
export type StreamMessage =
  | SnapshotMessage
  | KlineMessage
  | TickerMessage
  | TickersMessage
  | CloseMessage
  | SignalMessage
  | GapMessage
  | ConnectedMessage
  | SilentMessage
  | HeardMessage
  | DisconnectedMessage
  | RefusedMessage;
