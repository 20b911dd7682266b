import { InvalidInput } from "../core/mod.ts";
import type { MarketStore } from "../store/mod.ts";
import { type Channel, CLOSE, channelName, parseChannel, readRequest } from "../wire/mod.ts";
import { type Hub, type Socket, TooManyChannels } from "./hub.ts";

/** The longest frame that a client may send, in characters: {@link MAX_CHANNELS_PER_REQUEST} channels with `since` fit. */
export const MAX_FRAME_CHARACTERS: number = 128 * 1024;

/** Takes one frame of a client: does what it asks, says in words why not, or closes the socket of a broken sender. */
export function takeFrame(hub: Hub, store: MarketStore, socket: Socket, frame: string | Buffer): void {
  if (typeof frame !== "string") {
    socket.close(CLOSE.malformed, "expected JSON text frames, not binary ones");
    return;
  }
  if (frame.length > MAX_FRAME_CHARACTERS) {
    socket.close(CLOSE.malformed, `frame too large: expected ${MAX_FRAME_CHARACTERS} characters at most`);
    return;
  }
  const read = readRequest(frame);
  if ("fault" in read) {
    if (read.malformed) socket.close(CLOSE.malformed, read.fault);
    else hub.send(socket, error(read.id, "invalid_parameter", read.fault));
    return;
  }
  const { request } = read;
  const id = request.id ?? null;
  switch (request.op) {
    case "ping":
      hub.send(socket, '{"type":"pong"}');
      break;
    case "subscribe":
      subscribe(hub, store, socket, id, request.channels, request.since ?? {});
      break;
    case "unsubscribe":
      unsubscribe(hub, socket, id, request.channels);
      break;
  }
}

function subscribe(
  hub: Hub,
  store: MarketStore,
  socket: Socket,
  id: number | string | null,
  names: readonly string[],
  since: Readonly<Record<string, number>>,
): void {
  const read = readChannels(names, hub, store, socket);
  if ("detail" in read) {
    hub.send(socket, error(id, read.code, read.detail));
    return;
  }
  const from = new Map<string, number>();
  for (const [name, openTime] of Object.entries(since)) {
    const channel = read.channels.get(name);
    if (channel !== undefined) from.set(channelName(channel), openTime);
  }
  const channels = [...read.channels.values()];
  try {
    hub.subscribe(socket, channels, from, ack(id, channels.map(channelName)));
  } catch (cause) {
    if (!(cause instanceof TooManyChannels)) throw cause;
    socket.close(CLOSE.tooManyChannels, cause.message);
  }
}

function unsubscribe(hub: Hub, socket: Socket, id: number | string | null, names: readonly string[]): void {
  try {
    const channels = names.map((name) => channelName(parseChannel(name)));
    hub.unsubscribe(socket, channels);
    hub.send(socket, ack(id, channels));
  } catch (cause) {
    if (!(cause instanceof InvalidInput)) throw cause;
    hub.send(socket, error(id, "invalid_parameter", cause.message));
  }
}

/** Reads channel names; all of them must be right, or none is subscribed. */
function readChannels(
  names: readonly string[],
  hub: Hub,
  store: MarketStore,
  socket: Socket,
): { channels: Map<string, Channel> } | { code: string; detail: string } {
  const channels = new Map<string, Channel>();
  for (const name of names) {
    let channel: Channel;
    try {
      channel = parseChannel(name);
    } catch (cause) {
      if (!(cause instanceof InvalidInput)) throw cause;
      return { code: "invalid_parameter", detail: cause.message };
    }
    if (channel.kind === "signals" && !hub.tellsSignals) {
      return { code: "invalid_parameter", detail: "signals: this server hosts no traders, so it has no signals" };
    }
    if (channel.kind === "signals" && !socket.data.caller.scopes.has("trade")) {
      return { code: "forbidden", detail: "signals: this needs a key with the scope trade" };
    }
    if ("symbol" in channel && channel.symbol !== "*" && !store.hasSymbol(channel.symbol)) {
      return {
        code: "unknown_symbol",
        detail: `${name}: ${channel.symbol} is not followed here: GET /symbols lists those that are`,
      };
    }
    if ("interval" in channel && !store.served.includes(channel.interval)) {
      return { code: "unknown_interval", detail: `${name}: expected one of ${store.served.join(", ")}` };
    }
    channels.set(name, channel);
  }
  return { channels };
}

function ack(id: number | string | null, channels: readonly string[]): string {
  return JSON.stringify({ type: "ack", id, channels });
}

function error(id: number | string | null, code: string, detail: string): string {
  return JSON.stringify({ type: "error", id, code, detail });
}
