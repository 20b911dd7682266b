/** How long a filter may take for one symbol. */
export const SYMBOL_MS = 20;

/**
 * The most that the time between two looks at the clock counts for. While a filter works they are far less apart, so a longer
 * pause is most likely the computer's, which was busy elsewhere, and must not make a filter fail that does little.
 */
export const MOST_BETWEEN_LOOKS_MS = 5;

/**
 * The hard bound beside it: the thread's own time, of which a symbol may take so much however it is spread over looks. Three
 * times the bound above, as the thread also compiles and collects garbage while a filter runs.
 */
export const SYMBOL_THREAD_MS = 60;

/** The hard bound where a runtime doesn't tell a thread's time: time that passes. Ten times the bound, for pauses of the computer. */
export const SYMBOL_WALL_MS = 200;

/** A thread's time takes microseconds to read (and moves by 4 ms on some systems), so runs that begin within this time share one reading, in the filter's favour. */
const SHARED_READING_MS = 2;

/** Where the time comes from. */
export interface Stopwatches {
  /** Milliseconds that pass. */
  readonly stopwatch: () => number;
  /** Milliseconds that the present thread has worked, where the runtime tells that. */
  readonly threadTime?: (() => number) | undefined;
}

/** Tells when a filter's time for one symbol is over. */
export class SymbolClock {
  readonly #stopwatch: () => number;
  readonly #threadTime: (() => number) | undefined;
  readonly #hardMs: number;
  #hasBegun = false;
  #isOver = false;
  #beganAt = 0;
  #lastLookAt = 0;
  #countedMs = 0;
  /** The last reading of the thread's time, and when that was. */
  #threadMs = 0;
  #threadReadAt = Number.NEGATIVE_INFINITY;
  /** The thread's time is asked for again once so much is counted, or so much has passed. */
  #askAtCountedMs = 0;
  #askAtPassedMs = 0;

  constructor({ stopwatch, threadTime }: Stopwatches) {
    this.#stopwatch = stopwatch;
    this.#threadTime = threadTime;
    this.#hardMs = threadTime === undefined ? SYMBOL_WALL_MS : SYMBOL_THREAD_MS;
  }

  /** Another symbol is next; its time begins with {@link begin}. */
  reset(): void {
    this.#hasBegun = false;
    this.#isOver = false;
  }

  /** An engine begins with the symbol. Another one may have had it before: the hard bound is for both together. */
  begin(): void {
    const now = this.#stopwatch();
    this.#lastLookAt = now;
    this.#countedMs = 0;
    this.#askAtCountedMs = SYMBOL_MS;
    if (this.#hasBegun) return;
    this.#hasBegun = true;
    this.#beganAt = now;
    this.#askAtPassedMs = this.#hardMs;
    if (this.#threadTime !== undefined && now - this.#threadReadAt > SHARED_READING_MS) {
      this.#threadMs = this.#threadTime();
      this.#threadReadAt = now;
    }
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Looks at the clock: whether the time is over. Once it is, it stays so. */
  isOver(): boolean {
    if (this.#isOver || !this.#hasBegun) return this.#isOver;
    const now = this.#stopwatch();
    this.#countedMs += Math.min(now - this.#lastLookAt, MOST_BETWEEN_LOOKS_MS);
    this.#lastLookAt = now;
    const passedMs = now - this.#beganAt;
    if (this.#countedMs < this.#askAtCountedMs && passedMs < this.#askAtPassedMs) return false;
    const usedMs = this.#usedMs(passedMs);
    this.#isOver = usedMs >= this.#hardMs || (this.#countedMs >= SYMBOL_MS && usedMs >= SYMBOL_MS);
    this.#askAtCountedMs = this.#countedMs < SYMBOL_MS ? SYMBOL_MS : this.#countedMs + Math.max(0, SYMBOL_MS - usedMs);
    this.#askAtPassedMs = passedMs + this.#hardMs - usedMs;
    return this.#isOver;
  }

  /** The thread's time since the beginning, or less by what passed between the shared reading and that. */
  #usedMs(passedMs: number): number {
    if (this.#threadTime === undefined) return passedMs;
    return this.#threadTime() - this.#threadMs - (this.#beganAt - this.#threadReadAt);
  }
}
