import type { Stopwatch } from "../../core/mod.ts";

/** The node that is read is left for another one once it has been silent for so long, in milliseconds. */
const SILENT_AFTER_MS = 500;

/** Of a node that is behind what was read, only after so long: late states are better than none, and no sooner. */
const LATE_AFTER_MS = 10_000;

/** And once another one has been ahead of it for so long: a connection to the exchange may hang, or be slow, on one node alone. */
const BEHIND_AFTER_MS = 2_000;

/**
 * Which ingest node's open states and tickers are read: two say the same. It is one that speaks, and that isn't behind: no other node reached a
 * market time {@link BEHIND_AFTER_MS} ago that it hasn't reached yet. A node that is behind what was read takes over from a silent one only after
 * {@link LATE_AFTER_MS}. Market times are the exchange's, so the nodes' clocks have no part in it.
 */
export class Speakers {
  readonly #stopwatch: Stopwatch;
  #current: string | undefined;
  #spokeAt = Number.NEGATIVE_INFINITY;
  /** The newest market time that the current one has told. */
  #reached = Number.NEGATIVE_INFINITY;
  /** A market time that another node reached first, and when. */
  #ahead: { readonly time: number; readonly at: number } | undefined;

  constructor(stopwatch: Stopwatch) {
    this.#stopwatch = stopwatch;
  }

  /** The node that is read; undefined before the first spoke. */
  get current(): string | undefined {
    return this.#current;
  }

  /** A node spoke. `time`: the newest market time in its message; undefined where it says none. Returns whether it is the one that is read. */
  hear(node: string, time: number | undefined): boolean {
    const now = this.#stopwatch();
    if (node !== this.#current && !this.#isBetter(now, time)) return false;
    if (node !== this.#current) {
      [this.#current, this.#reached, this.#ahead] = [node, Number.NEGATIVE_INFINITY, undefined];
    }
    this.#spokeAt = now;
    this.#reached = Math.max(this.#reached, time ?? Number.NEGATIVE_INFINITY);
    if (this.#ahead !== undefined && this.#reached >= this.#ahead.time) this.#ahead = undefined;
    return true;
  }

  /** Whether a message with this market time is far behind what was read: nothing in it is news, and its time is nobody's witness. */
  isLate(time: number | undefined): boolean {
    return time !== undefined && time < this.#reached - BEHIND_AFTER_MS;
  }

  /** Whether another node that says this time is to be read from now on. */
  #isBetter(now: number, time: number | undefined): boolean {
    const silentMs = now - this.#spokeAt;
    if (silentMs >= LATE_AFTER_MS) return true;
    if (silentMs >= SILENT_AFTER_MS) return !this.isLate(time);
    if (time === undefined || time <= this.#reached) return false;
    this.#ahead ??= { time, at: now };
    return now - this.#ahead.at >= BEHIND_AFTER_MS;
  }
}
