import { type Clock, type UnixMs, unreachable } from "../core/mod.ts";
import type { ConnectionFaults } from "./faults/connection.ts";
import { readSocketRequest, type SocketRequest } from "./socket-request.ts";
import type { Listener, Streams } from "./streams.ts";

/** Streams on one connection (Binance: 1024, 2026-07). The next one closes it. */
const MAX_STREAMS = 1_024;

/** Messages that a client may send in a second, pongs included (Binance: 5, 2026-07). */
const MAX_MESSAGES_A_SECOND = 5;

/** The standard's code for a client that breaks the rules. */
const POLICY = 1008;

/** The client's end of a connection, whatever carries it. After a close nothing more is asked of it. */
export interface Peer {
  send(frame: string | Uint8Array): void;
  ping(payload: string): void;
  close(code: number, reason: string): void;
  /** Breaks the connection off without a word. */
  terminate(): void;
}

/** What a connection's address asks for. */
export interface StreamAddress {
  readonly combined: boolean;
  readonly streams: readonly string[];
}

/** One client's connection: what it listens to, and the exchange's limits on it. */
export class Connection implements Listener {
  readonly #peer: Peer;
  readonly #combined: boolean;
  readonly #all: Streams;
  readonly #clock: Clock;
  readonly #faults: ConnectionFaults;
  readonly #streams: Set<string> = new Set();
  /** Local times of the messages of the last second. */
  #heardAt: number[] = [];
  #pongAt: UnixMs;
  readonly #onEnd: (connection: Connection) => void;
  #isOpen = true;

  /** `onEnd` runs once, when nothing is told any more, whoever ended it. */
  constructor(
    peer: Peer,
    address: StreamAddress,
    all: Streams,
    clock: Clock,
    faults: ConnectionFaults,
    onEnd: (connection: Connection) => void,
  ) {
    this.#peer = peer;
    this.#combined = address.combined;
    this.#all = all;
    this.#clock = clock;
    this.#faults = faults;
    this.#onEnd = onEnd;
    this.#pongAt = clock.now();
    for (const stream of address.streams) this.#listen(stream);
    faults.named(address.streams);
  }

  /** To be called once it is known to the transport: a connection whose address asks for too much is closed at once. */
  begin(): void {
    if (this.#streams.size > MAX_STREAMS) this.close(POLICY, "Too many streams");
  }

  /** Local time of the last pong, or of the beginning. */
  get pongAt(): UnixMs {
    return this.#pongAt;
  }

  hear(stream: string, event: string): void {
    const frame = this.#combined ? `{"stream":${JSON.stringify(stream)},"data":${event}}` : event;
    if (!this.#faults.touchFrames) this.#peer.send(frame);
    else for (const sent of this.#faults.framesFor(stream, frame)) this.#peer.send(sent);
  }

  /** A step of market time, after what happened at it was told. */
  step(now: UnixMs): void {
    const order = this.#faults.step(now);
    if (order === undefined) return;
    switch (order.what) {
      case "send":
        this.#peer.send(order.text);
        break;
      case "close":
        this.close(order.code, order.reason);
        break;
      case "terminate":
        this.end();
        this.#peer.terminate();
        break;
      default:
        unreachable(order);
    }
  }

  /** The client sent a frame. */
  take(frame: string): void {
    if (!this.#isOpen || this.#faults.isStalled || !this.#count()) return;
    const read = readSocketRequest(frame);
    if ("fault" in read) {
      const error = { code: read.code, msg: read.fault };
      this.#peer.send(JSON.stringify({ error, ...(read.id === undefined ? {} : { id: read.id }) }));
      return;
    }
    const result = this.#answer(read);
    if (this.#streams.size > MAX_STREAMS) this.close(POLICY, "Too many streams");
    else this.#peer.send(JSON.stringify({ result, id: read.id }));
  }

  /** The client answered a ping. */
  pong(): void {
    this.#pongAt = this.#clock.now();
    this.#count();
  }

  ping(payload: string): void {
    if (!this.#faults.isStalled) this.#peer.ping(payload);
  }

  /** Whether it is silent for good, whatever the client does. */
  get isStalled(): boolean {
    return this.#faults.isStalled;
  }

  /** The exchange closes the connection. */
  close(code: number, reason: string): void {
    if (!this.#isOpen) return;
    this.end();
    this.#peer.close(code, reason);
  }

  /** The connection is over: nothing is told any more. */
  end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#onEnd(this);
    for (const stream of this.#streams) this.#all.remove(stream, this);
    this.#streams.clear();
  }

  #answer(request: SocketRequest): unknown {
    switch (request.method) {
      case "SUBSCRIBE":
        this.#faults.subscribed(request.streams);
        for (const stream of request.streams) this.#listen(stream);
        return null;
      case "UNSUBSCRIBE":
        for (const stream of request.streams) {
          if (this.#streams.delete(stream)) this.#all.remove(stream, this);
        }
        this.#faults.unsubscribed(request.streams);
        return null;
      case "LIST_SUBSCRIPTIONS":
        return [...this.#streams];
    }
  }

  #listen(stream: string): void {
    this.#streams.add(stream);
    this.#all.add(stream, this);
  }

  /** Counts a message; false when it was one too many and the connection is gone. */
  #count(): boolean {
    const now = this.#clock.now();
    this.#heardAt = [...this.#heardAt.filter((at) => now - at < 1_000), now];
    if (this.#heardAt.length <= MAX_MESSAGES_A_SECOND) return true;
    this.close(POLICY, "Too many requests");
    return false;
  }
}
