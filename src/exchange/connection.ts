import { type Clock, type UnixMs, unreachable } from "../core/mod.ts";
import type { SocketRequest, StreamAddress, StreamDialect } from "./dialect.ts";
import type { ConnectionFaults } from "./faults/connection.ts";
import type { Listener, Streams } from "./streams.ts";

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

/** What a connection belongs to. */
export interface ConnectionParts {
  readonly dialect: StreamDialect;
  /** Which of the stand-in's connections it is, from 1. */
  readonly number: number;
  readonly streams: Streams;
  readonly clock: Clock;
  readonly faults: ConnectionFaults;
  /** Called once, when the connection has ended, on either side. */
  readonly onEnd: (connection: Connection) => void;
}

/** One client's connection: what it listens to, and the exchange's limits on it. */
export class Connection implements Listener {
  readonly #peer: Peer;
  readonly #dialect: StreamDialect;
  readonly #address: StreamAddress;
  readonly #number: number;
  readonly #all: Streams;
  readonly #clock: Clock;
  readonly #faults: ConnectionFaults;
  readonly #streams: Set<string> = new Set();
  /** Local times of the messages of the last second. */
  #heardAt: number[] = [];
  #aliveAt: UnixMs;
  readonly #onEnd: (connection: Connection) => void;
  #isOpen = true;

  constructor(peer: Peer, address: StreamAddress, parts: ConnectionParts) {
    const { dialect, number, streams, clock, faults, onEnd } = parts;
    this.#peer = peer;
    this.#dialect = dialect;
    this.#address = address;
    this.#number = number;
    this.#all = streams;
    this.#clock = clock;
    this.#faults = faults;
    this.#onEnd = onEnd;
    this.#aliveAt = clock.now();
    for (const stream of address.streams) this.#listen(stream);
    faults.named(address.streams);
  }

  /** To be called once it is known to the transport: a connection whose address asks for too much is closed at once. */
  begin(): void {
    if (this.#streams.size > this.#dialect.limits.streams) this.close(POLICY, "Too many streams");
  }

  /** Local time of the last sign of life, or of the beginning: a pong where the server pings, otherwise the client's own ping. */
  get aliveAt(): UnixMs {
    return this.#aliveAt;
  }

  hear(stream: string, event: string): void {
    const frame = this.#dialect.frame(this.#address, stream, event);
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
        this.cut();
        break;
      default:
        unreachable(order);
    }
  }

  /** The client sent a frame. */
  take(frame: string): void {
    if (!this.#isOpen || this.#faults.isStalled || !this.#count()) return;
    const state = {
      number: this.#number,
      streams: this.#streams,
      isListed: (symbol: string) => this.#all.isListed(symbol),
    };
    const request = this.#dialect.read(frame, state);
    this.#obey(request);
    if (this.#streams.size > this.#dialect.limits.streams) this.close(POLICY, "Too many streams");
    else this.#peer.send(request.answer);
  }

  /** The client answered a ping. */
  pong(): void {
    if (this.#dialect.keepAlive.by === "server") this.#aliveAt = this.#clock.now();
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

  /** The exchange breaks the connection off without a word. */
  cut(): void {
    if (!this.#isOpen) return;
    this.end();
    this.#peer.terminate();
  }

  /** The connection is over: nothing is told any more. */
  end(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#onEnd(this);
    for (const stream of this.#streams) this.#all.remove(stream, this);
    this.#streams.clear();
  }

  #obey(request: SocketRequest): void {
    switch (request.what) {
      case "subscribe":
        this.#faults.subscribed(request.streams);
        for (const stream of request.streams) this.#listen(stream);
        break;
      case "unsubscribe":
        for (const stream of request.streams) {
          if (this.#streams.delete(stream)) this.#all.remove(stream, this);
        }
        this.#faults.unsubscribed(request.streams);
        break;
      case "ping":
        this.#aliveAt = this.#clock.now();
        break;
      case "list":
      case "refused":
        break;
      default:
        unreachable(request);
    }
  }

  #listen(stream: string): void {
    this.#streams.add(stream);
    if (!this.#address.silent) this.#all.add(stream, this);
  }

  /** Counts a message; false when it was one too many and the connection is gone. */
  #count(): boolean {
    if (this.#dialect.limits.messagesPerSecond === Number.POSITIVE_INFINITY) return true;
    const now = this.#clock.now();
    this.#heardAt = [...this.#heardAt.filter((at) => now - at < 1_000), now];
    if (this.#heardAt.length <= this.#dialect.limits.messagesPerSecond) return true;
    this.close(POLICY, "Too many requests");
    return false;
  }
}
