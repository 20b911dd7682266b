import { emptyKline, type Kline } from "../core/mod.ts";
import type { Channel } from "../wire/mod.ts";
import type { SnapshotSource } from "./kline-snapshot.ts";
import type { Frame, MessageFormat } from "./message-format.ts";
import { NewestStates } from "./newest-states.ts";
import type { PendingSnapshot } from "./pending-snapshot.ts";
import type { SeriesChannel } from "./series-channel.ts";

/** The most bytes that may wait in one outbox. A client that lets more wait must come back with `since`. */
export const MAX_KEPT_BYTES: number = 4 * 1024 * 1024;

/** Why an outbox can't be sent whole any more: too much waits, or the store has dropped a closed kline that waited. */
export type OutboxFault = "backlog" | "lost";

/** The next message of an outbox; without one when it took work and isn't ready yet. */
export interface OutboxStep {
  readonly message: Frame | undefined;
  /** Klines of a snapshot. */
  readonly klines: number;
}

interface Kept {
  readonly message: Frame;
}

/** Closed klines of a series that weren't kept because a snapshot will hold them: from which open time on. */
interface HeldBack {
  readonly of: SeriesChannel;
  readonly from: number;
}

/**
 * What waits for one socket that can't be sent everything at once: because it reads slowly, or because snapshots are due.
 * First come the messages that are never dropped (answers, closed klines, closes, signals) and the snapshots, in order. The
 * newest states of everything else follow when none of those waits.
 *
 * A kline that closes while the snapshot of its series waits isn't kept: the snapshot is made later and will hold it.
 */
export class Outbox {
  readonly newest: NewestStates;
  readonly #source: SnapshotSource;
  readonly #format: MessageFormat;
  readonly #channels: ReadonlyMap<string, Channel>;
  /** In the order in which they are sent. */
  readonly #queue: Set<Kept | PendingSnapshot> = new Set();
  /** The snapshots among them, by channel. */
  readonly #pending: Map<string, PendingSnapshot> = new Map();
  /** By the series' own channel. */
  readonly #heldBack: Map<string, HeldBack> = new Map();
  readonly #kline: Kline = emptyKline();
  #keptBytes = 0;
  #fault: OutboxFault | undefined;
  /** Whether all channels of the socket go through it, and not only those whose snapshots wait. */
  takesAll = false;

  /** `channels`: those of the socket, kept up to date by its owner. */
  constructor(source: SnapshotSource, channels: ReadonlyMap<string, Channel>, format: MessageFormat) {
    this.newest = new NewestStates(source.markets, channels, format);
    this.#source = source;
    this.#format = format;
    this.#channels = channels;
  }

  /** Bytes of messages that wait, about. Snapshots have none until they are made. */
  get keptBytes(): number {
    return this.#keptBytes;
  }

  /** Snapshots that wait; that of all symbols counts as one. */
  get pendingSnapshots(): number {
    return this.#pending.size;
  }

  /** Why the socket must be closed. The outbox is empty then, and takes nothing more. */
  get fault(): OutboxFault | undefined {
    return this.#fault;
  }

  /** A message that is never dropped. */
  keep(message: Frame): void {
    if (this.#fault !== undefined) return;
    this.#queue.add({ message });
    this.#keptBytes += message.length;
    if (this.#keptBytes > MAX_KEPT_BYTES) this.#fail("backlog");
  }

  /** A snapshot that is due. It replaces one of the same channel that still waits, and holds what that one was to hold. */
  owe(snapshot: PendingSnapshot): void {
    if (this.#fault !== undefined) return;
    const earlier = this.#pending.get(snapshot.name);
    if (earlier !== undefined) {
      snapshot.replace(earlier);
      this.#queue.delete(earlier);
    }
    this.#pending.set(snapshot.name, snapshot);
    this.#queue.add(snapshot);
  }

  /** A closed kline and its message. */
  closedKline(of: SeriesChannel, kline: Readonly<Kline>, message: Frame, isRestated: boolean): void {
    // A restatement is sent even if the snapshot will hold its figures: the client may have had the old ones before.
    if (isRestated || !this.#isOwed(of)) {
      this.keep(message);
      return;
    }
    const from = Math.min(kline.openTime, this.#heldBack.get(of.name)?.from ?? kline.openTime);
    this.#heldBack.set(of.name, { of, from });
  }

  /** The socket has left a channel: its snapshot isn't due any more. */
  dropped(channel: string): void {
    const snapshot = this.#pending.get(channel);
    if (snapshot !== undefined) this.#remove(snapshot);
  }

  /** The next message; undefined when nothing waits. */
  next(): OutboxStep | undefined {
    for (const first of this.#queue) {
      if ("message" in first) {
        this.#queue.delete(first);
        this.#keptBytes -= first.message.length;
        return { message: first.message, klines: 0 };
      }
      const step = first.step(this.#source, (name) => this.#heldBack.get(name)?.from);
      if (step !== undefined) {
        if (step.text !== undefined && step.name !== undefined) {
          this.#heldBack.delete(step.name);
          this.newest.forgetKline(step.name);
        }
        if (first.isDone) this.#remove(first);
        return { message: step.text, klines: step.klines };
      }
      this.#remove(first);
    }
    const message = this.newest.next();
    return message === undefined ? undefined : { message, klines: 0 };
  }

  /** Whether a snapshot that waits will hold the series. */
  #isOwed({ name, wildcard, symbol }: SeriesChannel): boolean {
    if (this.#pending.size === 0) return false;
    return this.#pending.get(name)?.covers(symbol) === true || this.#pending.get(wildcard)?.covers(symbol) === true;
  }

  /** Takes a snapshot out. Klines that were held back for it and that no other snapshot will hold are kept as messages. */
  #remove(snapshot: PendingSnapshot): void {
    this.#queue.delete(snapshot);
    this.#pending.delete(snapshot.name);
    for (const [name, { of, from }] of this.#heldBack) {
      if ((name !== snapshot.name && of.wildcard !== snapshot.name) || this.#isOwed(of)) continue;
      this.#heldBack.delete(name);
      if (this.#channels.has(name) || this.#channels.has(of.wildcard)) this.#keepClosed(of, from);
    }
  }

  #keepClosed(of: SeriesChannel, from: number): void {
    const series = this.#source.markets.series(of.symbol, of.interval);
    // A symbol that is gone has no more to tell.
    if (series === undefined) return;
    const { ring } = series;
    if (!series.has(from)) this.#fail("lost");
    for (let position = ring.position(from); position < ring.length; position += 1) {
      if (!ring.isClosedAt(position)) continue;
      this.keep(this.#format.message([{ of, kline: ring.read(position, this.#kline) }], false));
    }
  }

  #fail(fault: OutboxFault): void {
    this.#fault = fault;
    this.#queue.clear();
    this.#pending.clear();
    this.#heldBack.clear();
    this.#keptBytes = 0;
  }
}
