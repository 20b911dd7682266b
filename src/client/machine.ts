import type { Clock, Millis, Random, StopSignal, UnixMs } from "../core/mod.ts";

/** The machine's clock. The one place where the project reads it. */
export const systemClock: Clock = {
  now: () => Date.now() as UnixMs,
  sleep: (span: Millis, signal?: StopSignal) =>
    new Promise((resolve, reject) => {
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
      }, span);
      signal?.addEventListener("abort", stop, { once: true });
    }),
};

/** The machine's luck: spreads returning clients over time. Not for secrets. */
export const systemRandom: Random = () => Math.random();
