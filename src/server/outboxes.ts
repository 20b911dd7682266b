import type { SnapshotSource } from "./kline-snapshot.ts";
import type { LoopTurns } from "./loop-turns.ts";
import { Outbox } from "./outbox.ts";
import { type SlowReason, SlowSockets } from "./slow-sockets.ts";
import type { Socket } from "./socket.ts";
import type { Topics } from "./topics.ts";
import type { WaitingBytes } from "./waiting-bytes.ts";

/** A socket with more than this many unsent bytes is slow: it leaves the common path and gets the newest state only. */
const SLOW_ABOVE_BYTES = 256 * 1024;

/** An outbox is sent from while less than this is unsent in the runtime, in bytes. */
const REFILL_BELOW_BYTES = 64 * 1024;

/** A socket for which something of ours failed is closed with this code (RFC 6455, 7.4.1): the client comes back. */
const INTERNAL_ERROR = 1011;

/** What outboxes work with. */
export interface OutboxesParts {
  readonly source: SnapshotSource;
  readonly topics: Topics;
  readonly turns: LoopTurns;
  readonly waiting: WaitingBytes;
  /** Milliseconds on a clock that only goes forward. */
  readonly stopwatch: () => number;
  /** Told what went wrong for a socket; `id` is that of its request. */
  readonly onError: (id: string, cause: unknown) => void;
}

/**
 * The outboxes of sockets that can't be sent everything at once. Each is sent from as long as its client takes what it is sent,
 * one message after another, in turn with all others. Sockets that are too slow are closed.
 */
export class Outboxes {
  readonly #parts: OutboxesParts;
  readonly #slow: SlowSockets;
  /** Sockets with an outbox. */
  readonly #sockets: Set<Socket> = new Set();
  /** Of these, those whose turn will come. */
  readonly #inTurn: Set<Socket> = new Set();
  /** Messages that were sent to single sockets, and klines in snapshots, since the start. */
  readonly figures = { messages: 0, snapshotKlines: 0 };
  #conflations = 0;

  constructor(parts: OutboxesParts) {
    this.#parts = parts;
    this.#slow = new SlowSockets(parts.waiting);
  }

  /** How many sockets have one. */
  get size(): number {
    return this.#sockets.size;
  }

  /** Channels whose snapshot waits to be sent. */
  get pendingSnapshots(): number {
    let pending = 0;
    for (const { data } of this.#sockets) pending += data.outbox?.pendingSnapshots ?? 0;
    return pending;
  }

  /** Bytes that wait for sockets. */
  get waitingBytes(): number {
    return this.#slow.waitingBytes;
  }

  /** States that a newer one replaced before a slow socket was sent them, since the start. */
  get conflations(): number {
    let conflations = this.#conflations;
    for (const { data } of this.#sockets) conflations += data.outbox?.newest.conflations ?? 0;
    return conflations;
  }

  /** Sockets that were closed for being too slow, by reason, since the start. */
  get closes(): Readonly<Record<SlowReason, number>> {
    return this.#slow.closes;
  }

  /** The outbox of a socket, a new one if it has none. */
  open(socket: Socket): Outbox {
    const { data } = socket;
    data.outbox ??= new Outbox(this.#parts.source, data.channels);
    this.#sockets.add(socket);
    return data.outbox;
  }

  /** Sends one message to one socket, behind what waits for it already. */
  send(socket: Socket, text: string): void {
    const { outbox } = socket.data;
    if (outbox !== undefined) {
      outbox.keep(text);
      return;
    }
    this.figures.messages += 1;
    socket.send(text);
    // Many messages in a row must not wait for the next check: past its own bound the runtime cuts the connection.
    if (socket.getBufferedAmount() > SLOW_ABOVE_BYTES) this.#isSlow(socket);
  }

  /** Something waits for a socket, or it can take more again: its turn will come. */
  takeTurn(socket: Socket): void {
    if (socket.data.outbox === undefined || this.#inTurn.has(socket) || !canTake(socket)) return;
    this.#inTurn.add(socket);
    this.#parts.turns
      .run(socket.data.caller, () => this.#step(socket))
      .catch((cause: unknown) => {
        this.#parts.onError(socket.data.id, cause);
        socket.close(INTERNAL_ERROR, "the server failed to make a message");
      });
  }

  /** A client answered a ping. */
  pong(socket: Socket, text: string): void {
    if (!socket.data.flight.pong(text)) return;
    socket.data.backlog.progress(this.#parts.stopwatch());
    this.takeTurn(socket);
  }

  /** Finds the sockets that have become slow, and closes those that are too slow. */
  check(sockets: Iterable<Socket>): void {
    const now = this.#parts.stopwatch();
    let isFull = false;
    for (const socket of sockets) {
      if (!this.#slow.check(socket, now)) continue;
      const { backlog, caller } = socket.data;
      if (socket.getBufferedAmount() > SLOW_ABOVE_BYTES) this.#isSlow(socket);
      else this.takeTurn(socket);
      isFull ||= backlog.waitingBytes > 0 && this.#parts.waiting.isFullFor(caller);
    }
    if (isFull) this.#slow.makeRoom(sockets);
  }

  /** Closes a socket for which too much waits. */
  closeSlow(socket: Socket, reason: SlowReason): void {
    this.#slow.close(socket, reason);
  }

  /** A socket is closed. */
  closed(socket: Socket): void {
    this.#close(socket);
    this.#slow.closed(socket);
  }

  /** From now on everything goes through its outbox. */
  #isSlow(socket: Socket): void {
    const outbox = this.open(socket);
    if (outbox.takesAll) return;
    outbox.takesAll = true;
    this.#parts.topics.queue(socket);
  }

  /** Sends the next message of an outbox, and queues up again for the one after. */
  #step(socket: Socket): void {
    this.#inTurn.delete(socket);
    const { outbox, flight } = socket.data;
    if (outbox === undefined || outbox.fault !== undefined || !canTake(socket)) return;
    const step = outbox.next();
    if (step === undefined) {
      this.#close(socket);
      this.#parts.topics.publishTo(socket);
      return;
    }
    if (step.text !== undefined) {
      this.figures.messages += 1;
      this.figures.snapshotKlines += step.klines;
      socket.send(step.text);
      const ping = flight.sent(step.text.length);
      if (ping !== undefined) socket.ping(ping);
    }
    this.takeTurn(socket);
  }

  #close(socket: Socket): void {
    this.#conflations += socket.data.outbox?.newest.conflations ?? 0;
    socket.data.outbox = undefined;
    this.#sockets.delete(socket);
  }
}

/** Whether something of the outbox may be sent now. */
function canTake(socket: Socket): boolean {
  return !socket.data.flight.isFull && socket.getBufferedAmount() < REFILL_BELOW_BYTES;
}
