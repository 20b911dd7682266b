import type { Caller } from "./caller.ts";
import { TokenBucket } from "./token-bucket.ts";

/**
 * Characters of WebSocket frames that all sockets of one caller may send: half a million at once, and as many in 8 seconds. Reading
 * them takes up to 400 ns each, so a caller with many sockets can't hold up others by long requests that ask for nothing.
 */
export const FRAME_RATE = { amount: 500_000, perMs: 8_000 } as const;

/** Counts what callers send over their WebSockets. */
export class FrameAllowance {
  /** By bucket, which all tokens of one user share. */
  readonly #ofCaller: WeakMap<Caller["bucket"], TokenBucket> = new WeakMap();

  /** Whether a frame of so many characters may be read now. `at`: the stopwatch now. */
  take({ bucket }: Caller, characters: number, at: number): boolean {
    let allowance = this.#ofCaller.get(bucket);
    if (allowance === undefined) {
      allowance = new TokenBucket(FRAME_RATE);
      this.#ofCaller.set(bucket, allowance);
    }
    return allowance.take(characters, at);
  }
}
