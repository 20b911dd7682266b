import type { Clock, Millis, Random, StopSignal, UnixMs } from "../core/mod.ts";

/** The longest that a timer can count, in milliseconds; a longer one would fire at once (HTML, "timer initialization steps"). */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clock. The one place where the project reads it. */
export const systemClock: Clock = {
  now: () => Date.now() as UnixMs,
  sleep: async (span: Millis, signal?: StopSignal) => {
    let left: number = span;
    for (; left > LONGEST_TIMER_MS; left -= LONGEST_TIMER_MS) await sleepOnce(LONGEST_TIMER_MS, signal);
    await sleepOnce(left, signal);
  },
};

function sleepOnce(ms: number, signal: StopSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      reject(signal.reason);
      return;
    }
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal?.addEventListener("abort", stop, { once: true });
  });
}

/** The machine's luck: spreads returning clients over time. Not for secrets. */
export const systemRandom: Random = () => Math.random();
