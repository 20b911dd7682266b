import { type Clock, Histogram, millis, reasonOf, type StopSignal, type Stopwatch } from "../core/mod.ts";
import type { TraderClose } from "./execution.ts";
import type { TraderLog } from "./ports.ts";

/** The wait before the second try of a delivery, in milliseconds; it doubles with each up to {@link LONGEST_WAIT_MS}. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/** Upper bounds of the buckets for how long a close takes, in seconds. */
const CLOSE_BUCKETS_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2, 5, 10, 30, 60, 300];

interface WaitingClose extends TraderClose {
  /** When the first close that it stands for was added, by the stopwatch. */
  readonly addedAt: number;
}

/**
 * Tells closes to whoever runs traders, each at least once, and again until it is taken. One close of each market and interval
 * waits at most: a newer one takes the place of an older, as whoever is told a close makes up for those before. So it never
 * fills, and neither markets nor intervals hold up each other.
 */
export class CloseQueue {
  readonly #deliver: (close: TraderClose) => Promise<void>;
  readonly #clock: Pick<Clock, "sleep">;
  readonly #stopwatch: Stopwatch;
  readonly #log: TraderLog;
  readonly #signal: StopSignal;
  readonly #waiting: Map<string, WaitingClose> = new Map();
  readonly #running: Map<string, Promise<void>> = new Map();
  /** When the closes that are being delivered, or wait for the next try, were added, by the stopwatch. */
  readonly #delivering: Map<string, number> = new Map();
  /** Deliveries that failed and were tried again, since the start. */
  retries = 0;
  /** Seconds from when a close was added until it was taken, it or a newer one that stands for it. */
  readonly seconds: Histogram = new Histogram(CLOSE_BUCKETS_SECONDS);

  /** `deliver` rejects when the close is to be told again. Nothing is told any more once the signal is aborted. */
  constructor(
    deliver: (close: TraderClose) => Promise<void>,
    clock: Pick<Clock, "sleep">,
    stopwatch: Stopwatch,
    log: TraderLog,
    signal: StopSignal,
  ) {
    this.#deliver = deliver;
    this.#clock = clock;
    this.#stopwatch = stopwatch;
    this.#log = log;
    this.#signal = signal;
  }

  add(close: TraderClose): void {
    if (this.#signal.aborted) return;
    const key = keyOf(close);
    const waiting = this.#waiting.get(key);
    if (waiting !== undefined && waiting.closeTime > close.closeTime) return;
    this.#waiting.set(key, { ...close, addedAt: waiting?.addedAt ?? this.#stopwatch() });
    if (this.#running.has(key)) return;
    this.#running.set(key, this.#run(key));
  }

  /** Since when the close that waits longest, or is being delivered for longest, has been here, by the stopwatch; undefined when there is none. */
  get oldestAddedAt(): number | undefined {
    const moments = [...this.#delivering.values(), ...[...this.#waiting.values()].map(({ addedAt }) => addedAt)];
    return moments.length === 0 ? undefined : Math.min(...moments);
  }

  /** Nothing waits and nothing is under way. */
  get isIdle(): boolean {
    return this.#running.size === 0;
  }

  /** Resolves when nothing waits and nothing is under way. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running.values());
  }

  async #run(key: string): Promise<void> {
    let failures = 0;
    for (;;) {
      const close = this.#waiting.get(key);
      if (close === undefined || this.#signal.aborted) {
        // At once, so that a close that is added from here on isn't left to a loop that has ended.
        this.#running.delete(key);
        return;
      }
      this.#waiting.delete(key);
      this.#delivering.set(key, close.addedAt);
      try {
        await this.#deliver(close);
        this.seconds.add((this.#stopwatch() - close.addedAt) / 1_000);
        failures = 0;
      } catch (cause) {
        failures += 1;
        this.retries += 1;
        const why = reasonOf(cause);
        if (failures === 1) this.#log.warn(`the close of ${key} at ${close.closeTime} can't be told yet: ${why}`);
        // A newer close that came meanwhile stands for this one.
        const newer = this.#waiting.get(key) ?? close;
        this.#waiting.set(key, { ...newer, addedAt: close.addedAt });
        const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** (failures - 1));
        await this.#clock.sleep(millis(wait), this.#signal).catch(() => {});
      } finally {
        this.#delivering.delete(key);
      }
    }
  }
}

/** What a close is told beside: also how it is named in the log. */
function keyOf({ market, interval }: TraderClose): string {
  return market === undefined ? interval : `${market} ${interval}`;
}
