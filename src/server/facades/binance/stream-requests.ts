import type { MarketStore } from "../../../store/mod.ts";
import { type Channel, CLOSE, channelName } from "../../../wire/mod.ts";
import { takeTokens } from "../../charge.ts";
import { type Hub, TooManyChannels } from "../../hub.ts";
import { namesPrice } from "../../prices.ts";
import type { Socket } from "../../socket.ts";
import { channelOf, streamOf } from "./stream-names.ts";

/** The longest frame that is read, in characters: a thousand streams fit. */
const MAX_CHARACTERS: number = 64 * 1024;

/** Streams that one request names at most. */
const MAX_STREAMS = 1_024;

/** What requests are carried out with. */
export interface StreamRequestContext {
  readonly hub: Hub;
  readonly store: MarketStore;
  /** The stopwatch when the frame came, in milliseconds. */
  readonly at: number;
}

type RequestId = number | string | null;

/** Takes a frame of a client of Binance's streams: `SUBSCRIBE`, `UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS` (Binance spot WebSocket streams, 2026-07). */
export function takeStreamRequest(context: StreamRequestContext, socket: Socket, frame: string | Buffer): void {
  const { hub } = context;
  if (typeof frame !== "string" || frame.length > MAX_CHARACTERS) {
    socket.close(CLOSE.malformed, `expected JSON text frames of ${MAX_CHARACTERS} characters at most`);
    return;
  }
  const request = requestIn(frame);
  if ("fault" in request) {
    hub.send(socket, refusal(request.id ?? null, request.fault));
    return;
  }
  const { id, method, params } = request;
  if (method === "LIST_SUBSCRIPTIONS") {
    const refused = priceOf(socket, [...socket.data.channels], context.at);
    if (refused !== undefined) {
      hub.send(socket, refusal(id, refused));
      return;
    }
    const result = [...socket.data.channels.values()].flatMap((channel) => streamOf(channel) ?? []);
    hub.send(socket, JSON.stringify({ result, id }));
  } else if (method === "SUBSCRIBE") subscribeToStreams(context, socket, params, id);
  else unsubscribe(context, socket, params, id);
}

/** Subscribes to streams, or says why not: all of them must be right. `id`: undefined where the address named them. */
export function subscribeToStreams(
  { hub, store, at }: StreamRequestContext,
  socket: Socket,
  streams: readonly string[],
  id: RequestId | undefined,
): void {
  const channels: Channel[] = [];
  const refused = priceOf(socket, streams, at);
  const fault = refused ?? readStreams(streams, store, channels);
  if (fault !== undefined) hub.send(socket, refusal(id ?? null, fault));
  // Of those that an address names, the others come all the same, as from the exchange.
  if (refused !== undefined || (fault !== undefined && id !== undefined)) return;
  try {
    // Called for its bound: these sockets are sent no snapshots.
    hub.snapshotsFor(socket, channels, new Map());
    hub.subscribe(socket, channels, [], id === undefined ? undefined : JSON.stringify({ result: null, id }));
  } catch (cause) {
    if (!(cause instanceof TooManyChannels)) throw cause;
    hub.send(socket, refusal(id ?? null, cause.message));
  }
}

function unsubscribe(
  { hub, store, at }: StreamRequestContext,
  socket: Socket,
  streams: readonly string[],
  id: RequestId,
): void {
  const channels: Channel[] = [];
  const fault = priceOf(socket, streams, at) ?? readStreams(streams, store, channels);
  if (fault === undefined) hub.unsubscribe(socket, channels.map(channelName));
  hub.send(socket, fault === undefined ? JSON.stringify({ result: null, id }) : refusal(id, fault));
}

/** Takes the price of naming streams; in words why not. */
function priceOf({ data }: Socket, streams: readonly unknown[], at: number): string | undefined {
  if (streams.length > MAX_STREAMS) return `${streams.length} streams: expected ${MAX_STREAMS} at most`;
  return takeTokens(data.caller, namesPrice(streams.length), at, "")?.detail;
}

/** Reads streams into channels; what is wrong with the first that is none. */
function readStreams(streams: readonly string[], store: MarketStore, into: Channel[]): string | undefined {
  let fault: string | undefined;
  for (const stream of streams) {
    const channel = channelOf(stream, store);
    if ("fault" in channel) fault ??= channel.fault;
    else into.push(channel);
  }
  return fault;
}

function requestIn(frame: string):
  | {
      readonly method: "SUBSCRIBE" | "UNSUBSCRIBE" | "LIST_SUBSCRIPTIONS";
      readonly params: readonly string[];
      readonly id: RequestId;
    }
  | { readonly fault: string; readonly id?: RequestId } {
  let value: unknown;
  try {
    value = JSON.parse(frame);
  } catch {
    return { fault: "Invalid JSON: expected an object with method, params and id" };
  }
  if (typeof value !== "object" || value === null) return { fault: "Invalid request: expected an object" };
  const { method, params = [], id = null } = value as { method?: unknown; params?: unknown; id?: unknown };
  if (id !== null && typeof id !== "number" && typeof id !== "string") {
    return { fault: "Invalid request: the id must be a number, a string or null" };
  }
  if (method !== "SUBSCRIBE" && method !== "UNSUBSCRIBE" && method !== "LIST_SUBSCRIPTIONS") {
    return { fault: "Invalid request: expected one of SUBSCRIBE, UNSUBSCRIBE, LIST_SUBSCRIPTIONS", id };
  }
  if (!Array.isArray(params) || params.some((name) => typeof name !== "string")) {
    return { fault: "Invalid request: params must be a list of stream names", id };
  }
  return { method, params, id };
}

/** An error as these streams have it. Code 2: the request is invalid. */
function refusal(id: RequestId, msg: string): string {
  return JSON.stringify({ error: { code: 2, msg }, id });
}
