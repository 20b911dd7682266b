import type { Server, ServerWebSocket, WebSocketHandler } from "bun";
import * as v from "valibot";
import { type Clock, type Millis, millis, type Random } from "../core/mod.ts";
import type { MarketReader } from "../store/mod.ts";
import { CLOSE, PROTOCOL_VERSION, STREAM_FORMATS } from "../wire/mod.ts";
import type { Access } from "./access.ts";
import { Backlog } from "./backlog.ts";
import type { Caller } from "./caller.ts";
import { isSameSite } from "./cors.ts";
import { type StreamRequestContext, subscribeToStreams, takeStreamRequest } from "./facades/binance/stream-requests.ts";
import { streamRoutes } from "./facades/binance/stream-routes.ts";
import { FlightWindow } from "./flight-window.ts";
import { FRAME_RATE, FrameAllowance } from "./frame-allowance.ts";
import { FrameTurns } from "./frame-turns.ts";
import type { Hub } from "./hub.ts";
import type { LoopTurns } from "./loop-turns.ts";
import { isFacade, type SocketFormat } from "./message-format.ts";
import { optional } from "./parameter.ts";
import { RequestProblem } from "./problem.ts";
import { type Call, type Handled, type Route, route } from "./route.ts";
import type { FacadeAsked, Socket, SocketData } from "./socket.ts";
import { MAX_FRAME_CHARACTERS, takeFrame } from "./socket-requests.ts";
import { MAX_TICKET_CHARACTERS } from "./tickets.ts";
import { TokenBucket } from "./token-bucket.ts";
import { isUpgrade } from "./upgrade.ts";

/**
 * A socket on which nothing is said for this long, not even a pong, is gone; seconds. The runtime pings sixteen seconds
 * before that, so that there is a frame at least every 32 s: proxies (nginx, Fly's) cut off what is idle for a minute.
 */
export const SOCKET_IDLE_SECONDS = 48;

/**
 * Past so many unsent bytes the runtime drops messages, and so it closes the socket there (1006). A snapshot of the longest ring
 * fits; the hub stops far below.
 */
export const MAX_UNSENT_BYTES: number = 16 * 1024 * 1024;

/** What one socket may ask: 20 messages a second, 100 at once. */
export const MESSAGE_RATE = { amount: 100, perMs: 5_000 } as const;

/** So many messages over the rate are answered with an error, 500 at once and 50 a minute; one more, and the socket is closed with 4009. */
export const REFUSAL_RATE = { amount: 500, perMs: 600_000 } as const;

/**
 * Pings of one socket, and pongs that answer no ping of ours: as many as messages. The runtime answers each ping with a write of its own,
 * so millions of them would hold the event loop. There is no error message for them: past the rate the socket is closed with 4009.
 */
export const CONTROL_RATE: typeof MESSAGE_RATE = MESSAGE_RATE;

/** How often it is looked whether the keys and tokens of open sockets are still good, in milliseconds. */
const LOOK_AT_KEYS_EVERY_MS = 100;

/** In so many slices the sockets of a server that drains are closed. */
const DRAIN_SLICES = 20;

const GOODBYE = "server is shutting down";

/**
 * A socket is closed at an age between this part of the greatest and all of it. Chance decides, so that sockets that came together don't
 * leave together.
 */
const YOUNGEST_OLD = 0.5;

/** The longest reason that a close frame holds, in bytes (RFC 6455, 5.5). */
const MAX_REASON_BYTES = 123;

/** How many sockets there may be, and for how long. */
export interface SocketLimits {
  readonly total: number;
  /** Of one key or user, or of one address without either. */
  readonly perCaller: number;
  /** The greatest age, at which one is closed with 4002; chance takes off up to half of it. Without it, sockets stay open. */
  readonly age?: Millis | undefined;
}

/** What a socket is opened for. */
export interface SocketAsked {
  readonly format: SocketFormat;
  readonly facade?: FacadeAsked;
}

/** What sockets are made of. */
export interface SocketOptions {
  readonly hub: Hub;
  readonly markets: MarketReader;
  readonly access: Access;
  readonly turns: LoopTurns;
  /** Called with an error of this server, and the id of the request that opened the socket. */
  readonly onError: (id: string, cause: unknown) => void;
  readonly limits: SocketLimits;
  readonly now: () => number;
  /** Milliseconds on a clock that only goes forward. */
  readonly stopwatch: () => number;
  readonly random: Random;
  /** What `hello` says besides; `epoch`: see HelloMessage. */
  readonly hello: () => { readonly version: string; readonly source: string; readonly epoch: string | undefined };
  /** Whether pages of that origin may use a server without keys. */
  readonly allowsOrigin: (origin: string) => boolean;
}

/** Lets clients in on `/ws`, looks after how many and how fast, and shows out those whose key or token has ended. */
export class Sockets {
  readonly #options: SocketOptions;
  #server: Server<SocketData> | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  /** Whether new sockets are refused, because the server is on its way out and its sockets are too. */
  #isLeaving = false;
  readonly #frames: FrameAllowance = new FrameAllowance();
  readonly #reading: FrameTurns;
  /** Messages and control frames over the rate, since the start. */
  refusedMessages = 0;
  messages = 0;

  constructor(options: SocketOptions) {
    this.#options = options;
    const { hub, markets, turns, stopwatch, onError } = options;
    this.#reading = new FrameTurns({
      turns,
      stopwatch,
      isOpen: (socket) => hub.has(socket),
      take: (socket, frame) => {
        if (isFacade(socket.data.format)) return this.#takeOfFacade(socket, frame);
        return takeFrame({ hub, markets, at: stopwatch() }, socket, frame);
      },
      onError,
    });
  }

  start(server: Server<SocketData>): void {
    this.#server = server;
    this.#timer = setInterval(() => this.#showOut(), LOOK_AT_KEYS_EVERY_MS);
  }

  /**
   * Closes the sockets in slices over the span, so that they don't all arrive elsewhere at once. New ones are refused with 503 from now
   * on: a proxy that hasn't noticed the drain passes them to another server.
   */
  async drain(span: Millis, clock: Clock): Promise<void> {
    const { hub } = this.#options;
    this.#isLeaving = true;
    for (let left = DRAIN_SLICES; left > 0; left -= 1) {
      hub.closeOldest(Math.ceil(hub.sockets / left), CLOSE.shutdown, GOODBYE);
      await clock.sleep(millis(span / DRAIN_SLICES));
    }
  }

  stop(): void {
    this.#isLeaving = true;
    clearInterval(this.#timer);
    this.#options.hub.stop(CLOSE.shutdown, GOODBYE);
  }

  /** The route that becomes a socket. */
  get route(): Route {
    return route({
      method: "GET",
      path: "/ws",
      says: "The WebSocket; docs/protocol.md describes it. Send the key in a header, or a ticket from POST /tickets",
      scope: "stream",
      isSocket: true,
      parameters: {
        ticket: optional("text", v.pipe(v.string(), v.minLength(1), v.maxLength(MAX_TICKET_CHARACTERS)), undefined, {
          says: "a ticket, for browsers, which can't send a header",
          expected: "a ticket from POST /tickets",
        }),
        format: optional("text", v.picklist(STREAM_FORMATS), "json", {
          says: "packed: klines come in binary frames of about a sixth of the bytes; timed: they come with the market's time; everything else stays JSON text",
          expected: "json, packed or timed",
        }),
      },
      answers: { 101: { says: "switching protocols" } },
      handle: (call) => this.#letIn(call, { format: call.values.format }),
    });
  }

  /** The routes that become sockets in the shape of Binance's streams, of those of its markets that the server has. */
  get facadeRoutes(): Route[] {
    return streamRoutes(this.#options.markets, (call, asked) => this.#letIn(call, asked));
  }

  /** Whoever asked for a socket and may not have one gets one that is closed at once: browsers see no status, but they see that. */
  refuse(request: Request, requestId: string, caller: Caller, problem: RequestProblem): Handled {
    if (!isUpgrade(request.headers)) throw problem;
    return this.#upgrade(request, requestId, caller, { refusal: problem.message });
  }

  get handlers(): WebSocketHandler<SocketData> {
    const { hub, now, stopwatch, hello } = this.#options;
    return {
      // Larger frames end the connection before they are read; up to here we say 4501 in our own words.
      maxPayloadLength: MAX_FRAME_CHARACTERS * 4,
      backpressureLimit: MAX_UNSENT_BYTES,
      closeOnBackpressureLimit: true,
      idleTimeout: SOCKET_IDLE_SECONDS,
      sendPings: true,
      perMessageDeflate: false,
      open: (socket) => {
        const { refusal, caller } = socket.data;
        if (refusal !== undefined) {
          socket.close(CLOSE.unauthorized, reasonOf(refusal));
          return;
        }
        caller.sockets += 1;
        hub.add(socket);
        if (isFacade(socket.data.format)) {
          this.#beginFacade(socket);
          return;
        }
        hub.send(socket, JSON.stringify({ type: "hello", protocol: PROTOCOL_VERSION, serverTime: now(), ...hello() }));
      },
      message: (socket, frame) => {
        const { data } = socket;
        if (data.refusal !== undefined) return;
        this.messages += 1;
        const at = stopwatch();
        const isPaid = data.messages.take(1, at) && this.#frames.take(data.caller, frame.length, at);
        if (isPaid && this.#reading.add(socket, frame)) return;
        this.refusedMessages += 1;
        if (data.refusals.take(1, at)) hub.send(socket, TOO_FAST);
        else socket.close(CLOSE.tooManyMessages, "too many messages: come back, and send fewer");
      },
      ping: (socket) => this.#control(socket),
      pong: (socket, text) => {
        if (!hub.pong(socket, String(text))) this.#control(socket);
      },
      drain: (socket) => hub.drained(socket),
      close: (socket) => {
        if (socket.data.refusal !== undefined) return;
        socket.data.caller.sockets -= 1;
        hub.remove(socket);
      },
    };
  }

  /** A control frame that nothing here asked for has come. */
  #control(socket: ServerWebSocket<SocketData>): void {
    const { refusal, controls } = socket.data;
    if (refusal !== undefined || controls.take(1, this.#options.stopwatch())) return;
    this.refusedMessages += 1;
    socket.close(CLOSE.tooManyMessages, "too many pings or pongs: come back, and send fewer");
  }

  #facadeContext(socket: Socket): StreamRequestContext | undefined {
    const { hub, markets, stopwatch } = this.#options;
    const { facade } = socket.data;
    const store = facade === undefined ? undefined : markets.of(facade.market);
    return store === undefined ? undefined : { hub, store, at: stopwatch() };
  }

  #beginFacade(socket: Socket): void {
    const context = this.#facadeContext(socket);
    const streams = socket.data.facade?.streams ?? [];
    if (context !== undefined && streams.length > 0) subscribeToStreams(context, socket, streams, undefined);
  }

  #takeOfFacade(socket: Socket, frame: string | Buffer): undefined {
    const context = this.#facadeContext(socket);
    if (context !== undefined) takeStreamRequest(context, socket, frame);
    return undefined;
  }

  #letIn({ request, requestId, caller }: Call, asked: SocketAsked): Handled {
    if (!isUpgrade(request.headers)) {
      throw new RequestProblem("invalid_parameter", "this is a WebSocket: expected an upgrade request");
    }
    const { hub, limits, allowsOrigin } = this.#options;
    if (this.#isLeaving) throw new RequestProblem("not_ready", "the server is shutting down");
    if (hub.sockets >= limits.total) {
      throw new RequestProblem("not_ready", `the server has its ${limits.total} sockets already: try again later`);
    }
    if (caller.sockets >= limits.perCaller) {
      throw new RequestProblem(
        "rate_limited",
        `${caller.title} has ${caller.sockets} sockets open, as many as it may: close one first`,
      );
    }
    // Without a key nothing but its place on the network lets a caller in, and a foreign page in a browser borrows that.
    const origin = request.headers.get("origin");
    if (caller.name === undefined && origin !== null && !isSameSite(origin, request.headers.get("host"))) {
      if (!allowsOrigin(origin))
        return this.#upgrade(request, requestId, caller, { refusal: `pages of ${origin} are not allowed here` });
    }
    return this.#upgrade(request, requestId, caller, asked);
  }

  #upgrade(
    request: Request,
    requestId: string,
    caller: Caller,
    { refusal, format = "json", facade }: { readonly refusal?: string } & Partial<SocketAsked>,
  ): Handled {
    const { stopwatch, random, limits } = this.#options;
    const now = stopwatch();
    const data: SocketData = {
      id: requestId,
      caller,
      refusal,
      channels: new Map(),
      format,
      facade,
      toldIds: new Map(),
      messages: new TokenBucket(MESSAGE_RATE),
      controls: new TokenBucket(CONTROL_RATE),
      refusals: new TokenBucket(REFUSAL_RATE),
      outbox: undefined,
      flight: new FlightWindow(),
      backlog: new Backlog(now),
      epoch: this.#options.hello().epoch,
      closesAt: limits.age === undefined ? Number.POSITIVE_INFINITY : now + lifetimeMs(limits.age, random),
    };
    if (this.#server?.upgrade(request, { data, headers: { "x-request-id": requestId } })) return undefined;
    throw new RequestProblem("invalid_parameter", "this is a WebSocket: expected a proper upgrade request");
  }

  #showOut(): void {
    const { hub, stopwatch } = this.#options;
    const now = this.#options.now();
    hub.closeWhere(
      ({ caller }) => !caller.isValid(now) || !caller.scopes.has("stream"),
      CLOSE.unauthorized,
      "the key or token is not good any more",
    );
    hub.dropForbidden();
    const at = stopwatch();
    hub.closeWhere(({ closesAt }) => closesAt <= at, CLOSE.tooOld, "this connection is old: come back");
    const current = this.#options.hello().epoch;
    if (current === undefined) return;
    hub.closeWhere(
      ({ epoch }) => epoch !== undefined && epoch !== current,
      CLOSE.tooOld,
      "the market was replaced by another one: come back",
    );
  }
}

const TOO_FAST: string = JSON.stringify({
  type: "error",
  id: null,
  code: "rate_limited",
  detail: `too many messages: expected ${MESSAGE_RATE.amount} in ${MESSAGE_RATE.perMs / 1_000} s at most from one socket, and ${FRAME_RATE.amount} characters in ${FRAME_RATE.perMs / 1_000} s from all; this one was not read`,
});

/** How long a socket may stay open, in milliseconds. */
function lifetimeMs(age: Millis, random: Random): number {
  return age * (YOUNGEST_OLD + (1 - YOUNGEST_OLD) * random());
}

function reasonOf(text: string): string {
  const bytes = Buffer.from(text);
  return bytes.byteLength <= MAX_REASON_BYTES
    ? text
    : bytes
        .subarray(0, MAX_REASON_BYTES)
        .toString()
        .replace(/\uFFFD$/, "");
}
