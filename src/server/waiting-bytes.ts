import { changeOf } from "../core/mod.ts";
import type { Caller } from "./caller.ts";

const MIB = 1024 * 1024;

/** Bytes that may wait to be read, of all callers together. Past it, new large answers get 503 and the slowest WebSockets 4008. */
export const MAX_WAITING_BYTES: number = 128 * MIB;

/** Of these, the most for one caller. Past it, that caller's new large answers get 503 and its slowest WebSockets 4008. */
export const MAX_WAITING_BYTES_PER_CALLER: number = 48 * MIB;

/** Counts bytes that the server has made and their readers haven't taken yet, over HTTP and WebSocket alike. */
export class WaitingBytes {
  /** By bucket, which all tokens of one user share. */
  readonly #ofCaller: WeakMap<Caller["bucket"], number> = new WeakMap();
  #total = 0;

  /** Bytes that wait, of all callers together. */
  get total(): number {
    return this.#total;
  }

  /** Bytes that wait for one caller. */
  of({ bucket }: Caller): number {
    return this.#ofCaller.get(bucket) ?? 0;
  }

  /** Whether nothing large may be begun for this caller. */
  isFullFor(caller: Caller): boolean {
    return this.#total >= MAX_WAITING_BYTES || this.of(caller) >= MAX_WAITING_BYTES_PER_CALLER;
  }

  /** Adds to what waits for a caller; negative once it has been taken. */
  change(caller: Caller, bytes: number): void {
    this.#total += changeOf(bytes, "bytes that wait");
    this.#ofCaller.set(caller.bucket, this.of(caller) + bytes);
  }
}
