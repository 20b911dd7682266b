import type { CacheMeter } from "./caches.ts";
import type { Caller } from "./caller.ts";

/** How many of the oldest are looked at for one that is as good as new. */
const MAX_LOOKED_AT = 8;

/** What of a caller outlives its requests. */
type Remembered = Pick<Caller, "bucket" | "sockets">;

/**
 * Those who asked lately, by name, each with its bucket: a bounded table that strangers can't fill up. Past the bound one that is
 * as good as new makes room, else the oldest of a few.
 */
export class CallerTable<T extends Remembered> {
  readonly #callers: Map<string, T> = new Map();
  readonly #meter: CacheMeter;
  readonly #entryBytes: number;
  readonly #stopwatch: () => number;
  readonly #make: (name: string) => T;

  /** `entryBytes`: what one of them takes in memory at most, about. `stopwatch`: the buckets', in milliseconds. */
  constructor(meter: CacheMeter, entryBytes: number, stopwatch: () => number, make: (name: string) => T) {
    this.#meter = meter;
    this.#entryBytes = entryBytes;
    this.#stopwatch = stopwatch;
    this.#make = make;
  }

  get size(): number {
    return this.#callers.size;
  }

  of(name: string): T {
    const known = this.#callers.get(name);
    if (known !== undefined) return known;
    this.#meter.change(this.#entryBytes);
    if (this.#meter.isOver) this.#makeRoom();
    const fresh = this.#make(name);
    this.#callers.set(name, fresh);
    return fresh;
  }

  #makeRoom(): void {
    const at = this.#stopwatch();
    let looked = 0;
    let oldest: string | undefined;
    for (const [name, caller] of this.#callers) {
      if (caller.sockets === 0 && caller.bucket.isFull(at)) {
        this.#callers.delete(name);
        this.#meter.evict(this.#entryBytes);
        return;
      }
      if (caller.sockets === 0) oldest ??= name;
      // Those that still matter move to the far end, so that each call looks at others.
      this.#callers.delete(name);
      this.#callers.set(name, caller);
      looked += 1;
      if (looked === MAX_LOOKED_AT) break;
    }
    oldest ??= this.#callers.keys().next().value;
    if (oldest === undefined) return;
    this.#callers.delete(oldest);
    this.#meter.evict(this.#entryBytes);
  }
}
