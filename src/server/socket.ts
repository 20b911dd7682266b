import type { ServerWebSocket } from "bun";
import type { MarketId } from "../core/mod.ts";
import type { Channel } from "../wire/mod.ts";
import type { Backlog } from "./backlog.ts";
import type { Caller } from "./caller.ts";
import type { FlightWindow } from "./flight-window.ts";
import type { SocketFormat } from "./message-format.ts";
import type { Outbox } from "./outbox.ts";
import type { TokenBucket } from "./token-bucket.ts";

/** What the server keeps with each socket. */
export interface SocketData {
  readonly id: string;
  readonly caller: Caller;
  /** In words, why the socket is closed as soon as it is open. */
  readonly refusal: string | undefined;
  /** What it may ask. */
  readonly messages: TokenBucket;
  /** How many pings, and pongs that answer no ping of ours, it may send. */
  readonly controls: TokenBucket;
  /** How many messages over that are answered before it is closed. */
  readonly refusals: TokenBucket;
  /** When it is closed because of its age, by the stopwatch; infinity for never. */
  readonly closesAt: number;
  /** The epoch of the market when it came; undefined where that wasn't known. */
  readonly epoch: string | undefined;
  readonly channels: Map<string, Channel>;
  /** How it is sent klines and tickers. */
  readonly format: SocketFormat;
  /** With a façade's format: what it is about, and the streams that its address names. */
  readonly facade: FacadeAsked | undefined;
  /** With `packed`, by market: how many ids of its symbols were sent to this socket. */
  readonly toldIds: Map<MarketId, number>;
  /** What waits for it, while it reads slowly, is owed snapshots, or its caller is sent more than it may. */
  outbox: Outbox | undefined;
  readonly flight: FlightWindow;
  readonly backlog: Backlog;
}

/** What a socket in the shape of another service was opened for. */
export interface FacadeAsked {
  readonly market: MarketId;
  readonly streams: readonly string[];
}

/** A connected client, as far as anything here needs it of Bun's socket. */
export type Socket = Pick<
  ServerWebSocket<SocketData>,
  "data" | "readyState" | "send" | "ping" | "close" | "terminate" | "subscribe" | "unsubscribe" | "getBufferedAmount"
>;
