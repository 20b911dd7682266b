import { didYouMean, InvalidInput, isWildcard, marketOf, type UnixMs } from "../core/mod.ts";
import { firstStore, type MarketReader } from "../store/mod.ts";
import {
  type Channel,
  CLOSE,
  type ClientRequest,
  channelName,
  type ErrorMessage,
  MAX_CHANNELS_PER_REQUEST,
  parseChannel,
  readRequest,
} from "../wire/mod.ts";
import type { Caller } from "./caller.ts";
import { type ChargeRefusal, takeTokens } from "./charge.ts";
import type { FrameStep } from "./frame-turns.ts";
import { type Hub, NO_TRADE_SCOPE, TooManyChannels } from "./hub.ts";
import { storeAsked, storesAsked, wildcardHere } from "./markets-asked.ts";
import { coveragePrice, klinesPrice, namesPrice } from "./prices.ts";
import { RequestProblem } from "./problem.ts";
import { readSince } from "./since.ts";
import type { Socket } from "./socket.ts";
import { unknownSymbol } from "./symbols-asked.ts";

/** The longest frame that a client may send, in characters: {@link MAX_CHANNELS_PER_REQUEST} channels with `since` fit. */
export const MAX_FRAME_CHARACTERS: number = 128 * 1024;

/** No request costs more in all than this share of what the bucket holds: it is never full for a client that has just connected. */
const MAX_SHARE_OF_BUCKET = 0.9;

/** What requests are carried out with, and when. */
export interface RequestContext {
  readonly hub: Hub;
  readonly markets: MarketReader;
  /** The stopwatch when the frame came, in milliseconds. */
  readonly at: number;
}

/** Takes one frame of a client: does what it asks, says in words why not, or closes the socket of a broken sender. */
export function takeFrame(context: RequestContext, socket: Socket, frame: string | Buffer): FrameStep | undefined {
  const { hub } = context;
  if (typeof frame !== "string") {
    refuseSender(socket, CLOSE.malformed, "expected JSON text frames, not binary ones");
    return undefined;
  }
  if (frame.length > MAX_FRAME_CHARACTERS) {
    const characters = `expected ${MAX_FRAME_CHARACTERS} characters at most`;
    refuseSender(socket, CLOSE.malformed, `frame too large: ${characters}, and ${MAX_CHANNELS_PER_REQUEST} channels`);
    return undefined;
  }
  const read = readRequest(frame);
  if ("fault" in read) {
    if (read.malformed) refuseSender(socket, CLOSE.malformed, read.fault);
    else hub.send(socket, error(read.id, "invalid_parameter", read.fault));
    return undefined;
  }
  const { request } = read;
  const id = request.id ?? null;
  switch (request.op) {
    case "ping":
      hub.send(socket, '{"type":"pong"}');
      return undefined;
    case "subscribe":
      return () => subscribe(context, socket, id, request);
    case "unsubscribe":
      return () => unsubscribe(context, socket, id, request.channels);
  }
}

type SubscribeRequest = Extract<ClientRequest, { op: "subscribe" }>;

function subscribe(
  { hub, markets, at }: RequestContext,
  socket: Socket,
  id: number | string | null,
  { channels: names, since = {}, snapshots = true, lenient = false }: SubscribeRequest,
): FrameStep | undefined {
  const tooMany = charge(socket.data.caller, namesPrice(names.length), at);
  if (tooMany !== undefined) {
    hub.send(socket, rateLimited(id, tooMany));
    return undefined;
  }
  const read = readChannels(names, hub, markets, socket, lenient);
  if ("detail" in read) {
    hub.send(socket, error(id, read.code, read.detail));
    return undefined;
  }
  const meant = Object.entries(since).filter(([name]) => !read.leftOut.has(name));
  const asked = { since: Object.fromEntries(meant), snapshots };
  return () => subscribeTo({ hub, markets, at }, socket, id, read.channels, asked, namesPrice(names.length));
}

/** Subscribes to channels that were found good, by each one's one name. `charged`: what was charged for naming them. */
function subscribeTo(
  { hub, markets, at }: RequestContext,
  socket: Socket,
  id: number | string | null,
  byName: ReadonlyMap<string, Channel>,
  { since, snapshots: wanted }: { readonly since: Readonly<Record<string, number>>; readonly snapshots: boolean },
  charged: number,
): FrameStep | undefined {
  const channels = [...byName.values()];
  try {
    const brought = hub.snapshotsFor(
      socket,
      channels,
      readSince(since, byName, {
        marketTimeOf: (channel) => marketTimeOf(channel, markets),
        eachMarket: (channel) => eachMarket(channel, markets),
      }),
    );
    const snapshots = wanted ? brought : [];
    const rows = snapshots.reduce((sum, snapshot) => sum + snapshot.rowCount(markets), 0);
    const price = klinesPrice(rows) + coveragePrice(wildcardsIn(channels), socket.data.channels.size);
    const refusal = charge(socket.data.caller, charged + price, at, charged);
    if (refusal === undefined) {
      return () => {
        hub.subscribe(socket, channels, snapshots, ack(id, [...byName.keys()]));
        return undefined;
      };
    }
    hub.send(socket, rateLimited(id, refusal));
  } catch (cause) {
    if (cause instanceof InvalidInput) hub.send(socket, error(id, "invalid_parameter", cause.message));
    else if (cause instanceof RequestProblem) hub.send(socket, error(id, cause.code, cause.message));
    else if (cause instanceof TooManyChannels) refuseSender(socket, CLOSE.tooManyChannels, cause.message);
    else throw cause;
  }
  return undefined;
}

function wildcardsIn(channels: readonly Channel[]): number {
  return channels.filter((channel) => "symbol" in channel && isWildcard(channel.symbol)).length;
}

function rateLimited(id: number | string | null, refusal: ChargeRefusal): string {
  return JSON.stringify({ type: "error", id, code: "rate_limited", ...refusal } satisfies ErrorMessage);
}

/** Takes the price of a request, less what was charged for it before, or says when the whole price can be paid. */
function charge(caller: Caller, price: number, at: number, charged = 0): ChargeRefusal | undefined {
  const most = Math.max(1, Math.floor(MAX_SHARE_OF_BUCKET * caller.bucket.limit));
  const capped = Math.min(price, most);
  return takeTokens(caller, capped, at, ` (this one counts as ${Math.ceil(capped)})`, Math.min(charged, most));
}

function unsubscribe(
  { hub, markets, at }: RequestContext,
  socket: Socket,
  id: number | string | null,
  names: readonly string[],
): undefined {
  try {
    const charged = namesPrice(names.length);
    const tooMany = charge(socket.data.caller, charged, at);
    const channels = tooMany === undefined ? names.map((name) => parseChannel(name, didYouMean)) : [];
    const price = coveragePrice(wildcardsIn(channels), socket.data.channels.size);
    const refusal = tooMany ?? charge(socket.data.caller, charged + price, at, charged);
    if (refusal !== undefined) {
      hub.send(socket, rateLimited(id, refusal));
      return undefined;
    }
    const gone = channels.flatMap((channel) => eachMarket(channel, markets).map(channelName));
    hub.unsubscribe(socket, gone);
    hub.send(socket, ack(id, gone));
  } catch (cause) {
    if (cause instanceof InvalidInput) hub.send(socket, error(id, "invalid_parameter", cause.message));
    else if (cause instanceof RequestProblem) hub.send(socket, error(id, cause.code, cause.message));
    else throw cause;
  }
  return undefined;
}

/**
 * The channel as it is kept: one of a wildcard is one for each market that is meant. Throws a problem where the server has no such market.
 */
function eachMarket(channel: Channel, markets: MarketReader): Channel[] {
  if (!("symbol" in channel)) {
    if ("market" in channel) storeAsked(channel.market, markets);
    return [channel];
  }
  if (channel.kind === "ticker" || !isWildcard(channel.symbol)) return [channel];
  return storesAsked(channel.symbol, markets).map(({ market }) => ({
    ...channel,
    symbol: wildcardHere(market, markets),
  }));
}

/** The market's time where a channel's klines come from; 0 while it isn't known. */
function marketTimeOf(channel: Channel, markets: MarketReader): UnixMs {
  if (!("symbol" in channel)) return firstStore(markets).marketTime;
  const store = isWildcard(channel.symbol)
    ? storesAsked(channel.symbol, markets)[0]
    : markets.of(marketOf(channel.symbol));
  return store?.marketTime ?? (0 as UnixMs);
}

/**
 * Reads channel names, by each channel's one name; all of them must be right, or none is subscribed. `isLenient` leaves out those of symbols
 * that aren't followed.
 */
function readChannels(
  names: readonly string[],
  hub: Hub,
  markets: MarketReader,
  socket: Socket,
  isLenient: boolean,
): { channels: Map<string, Channel>; leftOut: ReadonlySet<string> } | { code: string; detail: string } {
  const channels = new Map<string, Channel>();
  const leftOut = new Set<string>();
  for (const name of names) {
    let channel: Channel;
    try {
      channel = parseChannel(name, didYouMean);
    } catch (cause) {
      if (!(cause instanceof InvalidInput)) throw cause;
      return { code: "invalid_parameter", detail: cause.message };
    }
    if (channel.kind === "signals" && !hub.tellsSignals) {
      return { code: "invalid_parameter", detail: "signals: this server hosts no traders, so it has no signals" };
    }
    if (channel.kind === "signals" && !socket.data.caller.scopes.has("trade")) {
      return { code: "forbidden", detail: NO_TRADE_SCOPE };
    }
    if ("symbol" in channel && !isWildcard(channel.symbol) && !markets.hasSymbol(channel.symbol)) {
      const problem = unknownSymbol(channel.symbol, markets);
      if (isLenient && problem.code === "unknown_symbol") {
        leftOut.add(name).add(channelName(channel));
        continue;
      }
      return { code: problem.code, detail: `${name}: ${problem.message}` };
    }
    if ("interval" in channel && !markets.served.includes(channel.interval)) {
      return { code: "unknown_interval", detail: `${name}: expected one of ${markets.served.join(", ")}` };
    }
    try {
      for (const one of eachMarket(channel, markets)) channels.set(channelName(one), one);
    } catch (cause) {
      if (!(cause instanceof RequestProblem)) throw cause;
      return { code: cause.code, detail: `${name}: ${cause.message}` };
    }
  }
  return { channels, leftOut };
}

/** Says what was wrong, and closes the socket: what it sends can't be meant. The message comes before all that waits. */
function refuseSender(socket: Socket, code: number, detail: string): void {
  socket.send(error(null, "invalid_parameter", detail));
  socket.close(code, detail);
}

function ack(id: number | string | null, channels: readonly string[]): string {
  return JSON.stringify({ type: "ack", id, channels });
}

function error(id: number | string | null, code: string, detail: string): string {
  return JSON.stringify({ type: "error", id, code, detail });
}
