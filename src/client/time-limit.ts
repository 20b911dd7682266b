import { type Clock, millis } from "../core/mod.ts";

/** What the work is stopped with when its time is up. */
export const TIME_IS_UP = "time is up";

/** Bounds for a piece of work. */
export interface Limits {
  readonly clock: Clock;
  readonly limitMs: number;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Does work that is given up when its time is over (rejects with {@link TIME_IS_UP}) or when the signal is aborted
 * (rejects with its reason), at once, even if the work itself doesn't notice.
 */
export async function within<T>(limits: Limits, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { clock, limitMs, signal } = limits;
  signal?.throwIfAborted();
  const stop = new AbortController();
  const stopped = new Promise<never>((_, reject) => {
    stop.signal.addEventListener("abort", () => reject(stop.signal.reason), { once: true });
  });
  const onAbort = (): void => stop.abort(signal?.reason);
  signal?.addEventListener("abort", onAbort, { once: true });
  const done = new AbortController();
  after(clock, limitMs, done.signal, () => stop.abort(TIME_IS_UP));
  try {
    return await Promise.race([work(stop.signal), stopped]);
  } finally {
    done.abort();
    signal?.removeEventListener("abort", onAbort);
  }
}

/** Runs something later, once, unless the signal is aborted before. */
export function after(clock: Clock, delayMs: number, signal: AbortSignal, run: () => void): void {
  clock.sleep(millis(delayMs), signal).then(
    () => {
      // Aborted in the moment between waking up and getting here.
      if (!signal.aborted) run();
    },
    () => {},
  );
}
