import { type Clock, millis } from "../../core/mod.ts";

/** Answers a request on the exchange's side. */
export type Answer = (request: Request) => Promise<Response> | Response;

/**
 * What a client uses of `fetch`, without a network: the request reaches the exchange after half of the latency and the
 * answer comes after the other half, when the clock is turned. Rejects with the signal's reason when it is aborted.
 */
export function inProcessFetch(clock: Clock, answer: Answer, latencyMs: () => number): typeof fetch {
  const call = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const { signal } = init ?? {};
    signal?.throwIfAborted();
    // The request itself is made without the signal: only the two waits below end early.
    const { signal: _, ...rest } = init ?? {};
    const request = input instanceof Request ? new Request(input, rest) : new Request(String(input), rest);
    const half = Math.max(0, latencyMs()) / 2;
    await clock.sleep(millis(half), signal ?? undefined);
    const response = await unlessAborted(Promise.resolve(answer(request)), signal ?? undefined);
    await clock.sleep(millis(half), signal ?? undefined);
    return response;
  };
  return Object.assign(call, { preconnect: () => {} });
}

/** The promise's outcome, or a rejection as soon as the signal is aborted. */
function unlessAborted<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    signal.addEventListener("abort", stop, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", stop));
  });
}
