import { type DeliveryAllowance, deliveryUnits } from "./delivery-allowance.ts";
import type { SnapshotSource } from "./kline-snapshot.ts";
import type { LoopTurns } from "./loop-turns.ts";
import type { Frame, MessageFormat, SocketFormat } from "./message-format.ts";
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
  readonly formats: Readonly<Record<SocketFormat, MessageFormat>>;
  readonly topics: Topics;
  readonly allowance: DeliveryAllowance;
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
  #pacings = 0;

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

  /** How often a socket left the common path as its caller was sent more than it may, since the start. */
  get pacings(): number {
    return this.#pacings;
  }

  /** Sockets that were closed for being too slow, by reason, since the start. */
  get closes(): Readonly<Record<SlowReason, number>> {
    return this.#slow.closes;
  }

  /** The outbox of a socket, a new one if it has none. */
  open(socket: Socket): Outbox {
    const { data } = socket;
    data.outbox ??= new Outbox(this.#parts.source, data.channels, this.#parts.formats[data.format]);
    this.#sockets.add(socket);
    return data.outbox;
  }

  /** Sends one message to one socket, behind what waits for it already. */
  send(socket: Socket, message: Frame): void {
    const { outbox } = socket.data;
    if (outbox !== undefined) {
      outbox.keep(message);
      return;
    }
    this.figures.messages += 1;
    socket.send(message);
    // Many messages in a row must not wait for the next check: past its own bound the runtime cuts the connection.
    if (socket.getBufferedAmount() > SLOW_ABOVE_BYTES) this.#isSlow(socket);
  }

  /** Something waits for a socket, or it can take more again: its turn will come. */
  takeTurn(socket: Socket): void {
    if (socket.data.outbox === undefined || this.#inTurn.has(socket) || !this.#canTake(socket)) return;
    this.#inTurn.add(socket);
    this.#parts.turns
      .run(socket.data.caller, () => this.#step(socket))
      .catch((cause: unknown) => {
        this.#parts.onError(socket.data.id, cause);
        socket.close(INTERNAL_ERROR, "the server failed to make a message");
      });
  }

  /** A client answered a ping. */
  pong(socket: Socket, text: string): boolean {
    if (!socket.data.flight.pong(text)) return false;
    socket.data.backlog.progress(this.#parts.stopwatch());
    this.takeTurn(socket);
    return true;
  }

  /** Finds the sockets that have become slow or are sent too much, and closes those that are too slow. */
  check(sockets: Iterable<Socket>): void {
    const now = this.#parts.stopwatch();
    let isFull = false;
    for (const socket of sockets) {
      if (!this.#slow.check(socket, now)) continue;
      const { backlog, caller } = socket.data;
      if (socket.getBufferedAmount() > SLOW_ABOVE_BYTES) this.#isSlow(socket);
      else if (this.#parts.allowance.of(caller).isSpent(now)) this.#isPaced(socket, now);
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

  /** From now on everything goes through its outbox. Gives back whether that is new. */
  #isSlow(socket: Socket): boolean {
    const outbox = this.open(socket);
    if (outbox.takesAll) return false;
    outbox.takesAll = true;
    this.#parts.topics.queue(socket);
    return true;
  }

  /** Its caller is sent more than it may: open states conflate until half of the allowance is there again. */
  #isPaced(socket: Socket, now: number): void {
    // What waits then waits for us, not for the client.
    if (hasRoom(socket)) socket.data.backlog.progress(now);
    if (socket.data.channels.size > 0 && this.#isSlow(socket)) this.#pacings += 1;
  }

  /** Sends the next message of an outbox, and queues up again for the one after. */
  #step(socket: Socket): void {
    this.#inTurn.delete(socket);
    const { outbox, flight, caller } = socket.data;
    if (outbox === undefined || outbox.fault !== undefined || !this.#canTake(socket)) return;
    const delivery = this.#parts.allowance.of(caller);
    // The snapshot will hold the klines that wait for the end of a tick: they have to come before it.
    if (outbox.pendingSnapshots > 0) this.#parts.topics.settle();
    const step = outbox.next();
    if (step === undefined) {
      // A caller that was just over its allowance would be over it again at once. The next check looks once more.
      if (outbox.takesAll && !delivery.isRested(this.#parts.stopwatch())) return;
      this.#close(socket);
      this.#parts.topics.publishTo(socket);
      return;
    }
    const { message, klines } = step;
    if (message !== undefined) {
      this.figures.messages += 1;
      this.figures.snapshotKlines += klines;
      socket.send(message);
      // Snapshots were paid for when they were asked for.
      if (klines === 0) delivery.spend(deliveryUnits(message.length));
      const ping = flight.sent(message.length);
      if (ping !== undefined) socket.ping(ping);
    }
    this.takeTurn(socket);
  }

  #close(socket: Socket): void {
    this.#conflations += socket.data.outbox?.newest.conflations ?? 0;
    socket.data.outbox = undefined;
    this.#sockets.delete(socket);
  }

  /** Whether something of the outbox may be sent now. */
  #canTake(socket: Socket): boolean {
    const { allowance, stopwatch } = this.#parts;
    return hasRoom(socket) && !allowance.of(socket.data.caller).isSpent(stopwatch());
  }
}

/** Whether the client has taken enough of what it was sent. */
function hasRoom(socket: Socket): boolean {
  return !socket.data.flight.isFull && socket.getBufferedAmount() < REFILL_BELOW_BYTES;
}
