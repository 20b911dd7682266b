import type { Millis, Random, Stopwatch } from "../../../core/mod.ts";
import type { StreamLimits } from "../../exchange.ts";
import { Backoff } from "./backoff.ts";

/** Waits before connecting again, in milliseconds. */
const RECONNECT = { firstMs: 250, longestMs: 30_000 } as const;

/** When connections may be opened: so many within a span, and after failures only when a back-off is over. */
export class ConnectBudget {
  readonly #stopwatch: Stopwatch;
  readonly #limits: StreamLimits["attempts"];
  readonly #backoff: Backoff;
  #attempts: number[] = [];
  /** Before this time of the stopwatch nothing is opened for streams that failed. */
  #notBefore = Number.NEGATIVE_INFINITY;

  constructor(limits: StreamLimits["attempts"], stopwatch: Stopwatch, random: Random) {
    this.#limits = limits;
    this.#stopwatch = stopwatch;
    this.#backoff = new Backoff(RECONNECT, random);
  }

  /** Whether the last failure's back-off isn't over yet. */
  get isPaused(): boolean {
    return this.#stopwatch() < this.#notBefore;
  }

  /** Whether one more connection may be opened now. */
  get isLeft(): boolean {
    const now = this.#stopwatch();
    this.#attempts = this.#attempts.filter((at) => now - at < this.#limits.withinMs);
    return this.#attempts.length < this.#limits.most;
  }

  /** A connection is opened. */
  spend(): void {
    this.#attempts.push(this.#stopwatch());
  }

  /** Something failed: returns how long the pause is that begins now, longer each time. */
  pause(): Millis {
    const span = this.#backoff.next();
    this.#notBefore = this.#stopwatch() + span;
    return span;
  }

  /** A connection brought data: the next pause is short. */
  succeeded(): void {
    this.#backoff.reset();
  }
}
