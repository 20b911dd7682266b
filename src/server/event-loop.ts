/** How often the event loop is asked how late it is, in milliseconds. */
const ASK_EVERY_MS = 20;

/** Answers that are kept: those of the last 15 s, a usual time between two scrapes. */
const KEPT = 750;

/** Measures how late timers are: what a request may have to wait before anything looks at it. */
export class EventLoop {
  readonly #stopwatch: () => number;
  readonly #lagMs: Float64Array = new Float64Array(KEPT);
  #next = 0;
  #expectedAt = 0;
  #timer: ReturnType<typeof setInterval> | undefined;

  /** `stopwatch`: milliseconds on a clock that only goes forward. */
  constructor(stopwatch: () => number) {
    this.#stopwatch = stopwatch;
  }

  start(): void {
    this.#expectedAt = this.#stopwatch() + ASK_EVERY_MS;
    this.#timer = setInterval(() => this.#ask(), ASK_EVERY_MS);
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  /** The longest lag of the last 15 s. */
  get lagSeconds(): number {
    return Math.max(...this.#lagMs) / 1_000;
  }

  /** The lag that 99 of 100 looks of the last 15 s didn't exceed. */
  get lagP99Seconds(): number {
    return (this.#lagMs.toSorted()[Math.ceil(0.99 * KEPT) - 1] as number) / 1_000;
  }

  #ask(): void {
    const now = this.#stopwatch();
    this.#lagMs[this.#next] = Math.max(0, now - this.#expectedAt);
    this.#next = (this.#next + 1) % KEPT;
    this.#expectedAt = now + ASK_EVERY_MS;
  }
}
