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
 * Messages are missing or may be missing. For klines, `from` and `to` are open times, both inclusive: these klines didn't arrive.
 * Without `to`, everything from `from` on is uncertain. Read the klines over HTTP once the server has them. A gap without times
 * means that the connection was lost on a channel that can't be resumed (`close:…`, `signals`).
 */
export interface GapMessage {
  readonly type: "gap";
  readonly channel: string;
  readonly from?: UnixMs;
  readonly to?: UnixMs;
}

/** The connection is up, and the channels are subscribed to. */
export interface ConnectedMessage {
  readonly type: "connected";
  /** The source of the server's market: binance, recorded or simulated. */
  readonly source: string;
  readonly version: string;
  /** Names the server's market; absent while the server doesn't know it. Keep it with your `since`, and pass both to `subscribe`. */
  readonly epoch?: string;
}

/**
 * The server has another market than the one of your last messages, or of your `since`: a simulation that began anew, for example. All
 * channels begin anew, as without `since`. Drop the klines that you hold.
 */
export interface EpochMessage {
  readonly type: "epoch";
  readonly epoch: string;
  readonly previous: string;
}

/** The connection is lost. The next try follows in `retryInMs`, or, if that is undefined, once you have read the waiting messages. */
export interface DisconnectedMessage {
  readonly type: "disconnected";
  readonly reason: string;
  readonly retryInMs: number | undefined;
}

/** The server doesn't answer. The client keeps the connection for `silentPatienceMs`, and emits `heard` if the server answers. */
export interface SilentMessage {
  readonly type: "silent";
}

/** After `silent`: the server has answered, and the connection continues. */
export interface HeardMessage {
  readonly type: "heard";
}

/** The server doesn't have the channel. The client retries a channel that the server had before, and gives up any other. */
export interface RefusedMessage {
  readonly type: "refused";
  readonly channel: string;
  readonly code: string;
  readonly detail: string;
}

/** The messages of a subscription, including gaps and lost connections. */
export type StreamMessage =
  | SnapshotMessage
  | KlineMessage
  | TickerMessage
  | TickersMessage
  | CloseMessage
  | SignalMessage
  | GapMessage
  | ConnectedMessage
  | EpochMessage
  | SilentMessage
  | HeardMessage
  | DisconnectedMessage
  | RefusedMessage;
