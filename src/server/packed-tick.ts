import type { Kline } from "../core/mod.ts";
import { PackedFrame } from "../wire/mod.ts";
import type { Frame } from "./message-format.ts";
import type { SeriesChannel } from "./series-channel.ts";

/**
 * The states of one channel in one tick, as at most three frames: open states, closed klines, and the open states of series that have
 * closed before in this tick. So closed klines have frames of their own, and each series keeps its order.
 */
export class PackedTick {
  readonly #before: PackedFrame;
  readonly #closed: PackedFrame;
  readonly #after: PackedFrame;
  /** The ids of the symbols in the last two. */
  readonly #closedIds: Set<number> = new Set();
  readonly #afterIds: Set<number> = new Set();

  constructor({ kind, interval }: Pick<SeriesChannel, "kind" | "interval">) {
    this.#before = new PackedFrame({ kind, interval, isClosed: false });
    this.#closed = new PackedFrame({ kind, interval, isClosed: true });
    this.#after = new PackedFrame({ kind, interval, isClosed: false });
  }

  /** Whether a kline has its place in this tick; else it belongs into the next. */
  takes(id: number, { closed }: Readonly<Kline>): boolean {
    return !this.#frameOf(id, closed).isFull && !(closed && this.#afterIds.has(id));
  }

  /** Adds a state that it takes. */
  add(id: number, kline: Readonly<Kline>, isRestated: boolean): void {
    const frame = this.#frameOf(id, kline.closed);
    frame.add(id, kline, isRestated);
    if (frame === this.#closed) this.#closedIds.add(id);
    if (frame === this.#after) this.#afterIds.add(id);
  }

  /** Its frames, in the order in which they are to be sent. */
  frames(): Frame[] {
    return [this.#before, this.#closed, this.#after].flatMap((frame) => (frame.count === 0 ? [] : [frame.bytes()]));
  }

  #frameOf(id: number, isClosed: boolean): PackedFrame {
    if (isClosed) return this.#closed;
    return this.#closedIds.has(id) ? this.#after : this.#before;
  }
}
