import { CLOSE } from "../wire/mod.ts";
import { STALLED_AFTER_MS } from "./backlog.ts";
import type { OutboxFault } from "./outbox.ts";
import type { Socket } from "./socket.ts";
import type { WaitingBytes } from "./waiting-bytes.ts";

/** A socket that holds less than this isn't closed to make room for others, in bytes. */
const SPARED_BELOW_BYTES = 16 * 1024;

/** With more than this unsent in the runtime, in bytes, a socket is cut without a close frame, which would have to wait behind it. */
const CLOSE_FRAME_BELOW_BYTES = 1024 * 1024;

/** Why a socket is closed for being too slow. */
export type SlowReason = OutboxFault | "stalled" | "full" | "signals";

const SAYS: Readonly<Record<SlowReason, string>> = {
  stalled: `too slow: nothing was read for ${STALLED_AFTER_MS / 1_000} s; come back with since`,
  backlog: "too slow: more closed klines wait than may be kept; come back with since",
  lost: "too slow: closed klines that waited are not kept any more; come back with since",
  signals: "too slow: more signals wait than may be kept; come back, and read GET /functions/v1/signals",
  full: "too slow: too much waits to be read; come back with since",
};

/** Counts what waits for sockets, and closes those that hold too much of it with 4008: they come back with `since` and lose nothing. */
export class SlowSockets {
  readonly #waiting: WaitingBytes;
  /** Sockets that were closed, by reason. */
  readonly closes: Record<SlowReason, number> = { stalled: 0, backlog: 0, lost: 0, full: 0, signals: 0 };
  #bytes = 0;

  constructor(waiting: WaitingBytes) {
    this.#waiting = waiting;
  }

  /** Bytes that wait for sockets, for all of them together. */
  get waitingBytes(): number {
    return this.#bytes;
  }

  /** Counts what waits for a socket, and closes it if that is too much. Gives back whether it is still open. */
  check(socket: Socket, now: number): boolean {
    const { outbox, flight, backlog } = socket.data;
    const unsent = socket.getBufferedAmount();
    const waiting = outbox === undefined ? unsent : outbox.keptBytes + Math.max(unsent, flight.unread);
    this.#count(socket, backlog.look(waiting, unsent, now));
    const reason = this.#reason(socket, now);
    if (reason !== undefined) this.close(socket, reason);
    return reason === undefined;
  }

  /** Where too much waits for a caller or for all, closes the sockets that hold most of it, until there is room. */
  makeRoom(sockets: Iterable<Socket>): void {
    const isFull = ({ data }: Socket): boolean =>
      data.backlog.waitingBytes >= SPARED_BELOW_BYTES && this.#waiting.isFullFor(data.caller);
    const holding = [...sockets].filter(isFull).sort((one, other) => this.#compare(one, other));
    for (const socket of holding) if (isFull(socket)) this.close(socket, "full");
  }

  /** A socket is closed: nothing waits for it any more. */
  closed(socket: Socket): void {
    this.#count(socket, socket.data.backlog.clear());
  }

  /** Closes a socket, and counts why. */
  close(socket: Socket, reason: SlowReason): void {
    this.closes[reason] += 1;
    this.closed(socket);
    if (socket.getBufferedAmount() > CLOSE_FRAME_BELOW_BYTES) socket.terminate();
    else socket.close(CLOSE.tooSlow, SAYS[reason]);
  }

  #reason({ data: { outbox, backlog } }: Socket, now: number): SlowReason | undefined {
    return outbox?.fault ?? (backlog.isStalled(now) ? "stalled" : undefined);
  }

  /** The caller for whom most waits comes first, and of its sockets the one that holds most. */
  #compare({ data: one }: Socket, { data: other }: Socket): number {
    const byCaller = this.#waiting.of(other.caller) - this.#waiting.of(one.caller);
    return byCaller === 0 ? other.backlog.waitingBytes - one.backlog.waitingBytes : byCaller;
  }

  #count({ data: { caller } }: Socket, growth: number): void {
    if (growth === 0) return;
    this.#bytes += growth;
    this.#waiting.change(caller, growth);
  }
}
