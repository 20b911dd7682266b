import type { Server, ServerWebSocket } from "bun";
import { type Clock, millis, type StopSignal } from "../core/mod.ts";
import { readSocketRequest, type SocketRequest } from "./socket-request.ts";
import type { Streams } from "./streams.ts";

/** Streams on one connection (Binance: 1024, 2026-07). The next one closes it. */
const MAX_STREAMS = 1_024;

/** Messages that a client may send in a second, pongs included (Binance: 5, 2026-07). */
const MAX_MESSAGES_A_SECOND = 5;

/** How often the server pings, and how long it waits for the pong (Binance, 2026-07). */
const PING_EVERY_MS = 20_000;
const PONG_WITHIN_MS = 60_000;

/** The standard's code for a client that breaks the rules. */
const POLICY = 1008;

/** What is kept with each connection. */
export interface ConnectionState {
  combined: boolean;
  readonly streams: Set<string>;
  /** Local times of the messages of the last second. */
  heardAt: number[];
  pongAt: number;
}

type Connection = ServerWebSocket<ConnectionState>;

/** The stand-in's WebSocket side: connections, what they listen to, and the exchange's limits on them. */
export class Sockets {
  readonly #streams: Streams;
  readonly #clock: Clock;
  readonly #open: Set<Connection> = new Set();

  constructor(streams: Streams, clock: Clock) {
    this.#streams = streams;
    this.#clock = clock;
  }

  /** How many are connected. */
  get count(): number {
    return this.#open.size;
  }

  /** What a new connection begins with: the streams that its address names. Undefined when that is no stream address. */
  begin(url: string): ConnectionState | undefined {
    const { pathname, searchParams } = new URL(url);
    const names = (text: string): Set<string> => new Set(text.split("/").filter((name) => name !== ""));
    const state = { heardAt: [], pongAt: this.#clock.now() };
    if (pathname === "/stream") return { ...state, combined: true, streams: names(searchParams.get("streams") ?? "") };
    if (pathname !== "/ws" && !pathname.startsWith("/ws/")) return undefined;
    return { ...state, combined: false, streams: names(decodeURIComponent(pathname.slice("/ws".length))) };
  }

  opened(socket: Connection): void {
    this.#open.add(socket);
    const { streams } = socket.data;
    for (const stream of streams) this.#listen(socket, stream);
    if (streams.size > MAX_STREAMS) socket.close(POLICY, "Too many streams");
  }

  closed(socket: Connection): void {
    this.#open.delete(socket);
    for (const stream of socket.data.streams) this.#streams.remove(stream);
    socket.data.streams.clear();
  }

  ponged(socket: Connection): void {
    socket.data.pongAt = this.#clock.now();
    this.#hear(socket);
  }

  took(socket: Connection, frame: string | Buffer): void {
    if (!this.#hear(socket)) return;
    const read = readSocketRequest(String(frame));
    if ("fault" in read) {
      socket.send(
        JSON.stringify({
          error: { code: read.code, msg: read.fault },
          ...(read.id === undefined ? {} : { id: read.id }),
        }),
      );
      return;
    }
    const result = this.#answer(socket, read);
    if (socket.data.streams.size > MAX_STREAMS) socket.close(POLICY, "Too many streams");
    else socket.send(JSON.stringify({ result, id: read.id }));
  }

  /** Pings everyone and lets those go who have long been silent, until the signal is aborted. */
  async keepAlive(signal: StopSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#clock.sleep(millis(PING_EVERY_MS), signal).catch(() => {});
      const now = this.#clock.now();
      for (const socket of signal.aborted ? [] : this.#open) {
        if (now - socket.data.pongAt > PONG_WITHIN_MS) socket.close(POLICY, "No pong");
        else socket.ping(String(now));
      }
    }
  }

  /** Every event to a client goes through here. */
  deliver(server: Server<ConnectionState>, stream: string, text: () => string): void {
    const raw = server.subscriberCount(`raw ${stream}`) > 0;
    const combined = server.subscriberCount(`combined ${stream}`) > 0;
    if (!raw && !combined) return;
    const event = text();
    if (raw) server.publish(`raw ${stream}`, event);
    if (combined) server.publish(`combined ${stream}`, `{"stream":${JSON.stringify(stream)},"data":${event}}`);
  }

  #answer(socket: Connection, request: SocketRequest): unknown {
    const { streams } = socket.data;
    switch (request.method) {
      case "SUBSCRIBE":
        for (const stream of request.streams) {
          if (streams.has(stream)) continue;
          streams.add(stream);
          this.#listen(socket, stream);
        }
        return null;
      case "UNSUBSCRIBE":
        for (const stream of request.streams) {
          if (!streams.delete(stream)) continue;
          socket.unsubscribe(topic(socket, stream));
          this.#streams.remove(stream);
        }
        return null;
      case "LIST_SUBSCRIPTIONS":
        return [...streams];
    }
  }

  #listen(socket: Connection, stream: string): void {
    socket.subscribe(topic(socket, stream));
    this.#streams.add(stream);
  }

  /** Counts a message; false when it was one too many and the connection is gone. */
  #hear(socket: Connection): boolean {
    const now = this.#clock.now();
    const { data } = socket;
    data.heardAt = [...data.heardAt.filter((at) => now - at < 1_000), now];
    if (data.heardAt.length <= MAX_MESSAGES_A_SECOND) return true;
    socket.close(POLICY, "Too many requests");
    return false;
  }
}

function topic(socket: Connection, stream: string): string {
  return `${socket.data.combined ? "combined" : "raw"} ${stream}`;
}
