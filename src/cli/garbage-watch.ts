/** How often memory is looked at, in milliseconds. */
const LOOK_EVERY_MS = 250;

/** So much growth of the resident memory is taken for garbage, in bytes. */
const GARBAGE_BYTES = 32 * 1024 ** 2;

/**
 * Has garbage collected when memory has grown. The runtime waits until the heap has doubled, and knows little of what requests hold
 * outside of it: under a flood of requests memory grew by 120 to 360 MB in between. What is asked for here is done beside the event loop, which
 * it costs about a millisecond.
 */
export class GarbageWatch {
  readonly #residentBytes: () => number;
  readonly #collect: () => void;
  /** The least since garbage was last collected. */
  #least: number = Number.POSITIVE_INFINITY;

  constructor(residentBytes: () => number, collect: () => void) {
    this.#residentBytes = residentBytes;
    this.#collect = collect;
  }

  look(): void {
    const bytes = this.#residentBytes();
    if (bytes < this.#least) this.#least = bytes;
    if (bytes - this.#least < GARBAGE_BYTES) return;
    this.#least = bytes;
    this.#collect();
  }
}

/** Watches this process' memory until it is stopped. */
export function watchGarbage(): { stop(): void } {
  const watch = new GarbageWatch(
    () => process.memoryUsage.rss(),
    () => Bun.gc(false),
  );
  const timer = setInterval(() => watch.look(), LOOK_EVERY_MS);
  return { stop: () => clearInterval(timer) };
}
