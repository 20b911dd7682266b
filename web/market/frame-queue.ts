/** Work that waits for the next picture on the screen. Under one key only the newest is kept, so what waits is bounded. */
export class FrameQueue {
  readonly #waiting: Map<string, () => void> = new Map();
  readonly #atNextFrame: (run: () => void) => void;

  /** `atNextFrame` runs its argument once, soon, also while the page isn't seen. */
  constructor(atNextFrame: (run: () => void) => void) {
    this.#atNextFrame = atNextFrame;
  }

  /** Replaces what waits under the key, and takes the place behind all that waits. */
  put(key: string, work: () => void): void {
    if (this.#waiting.size === 0) this.#atNextFrame(() => this.#run());
    this.#waiting.delete(key);
    this.#waiting.set(key, work);
  }

  #run(): void {
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const work of all) work();
  }
}
