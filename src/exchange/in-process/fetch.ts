import { type Clock, millis } from "../../core/mod.ts";

/** Answers a request on the exchange's side. Rejects with the signal's reason when it is aborted meanwhile. */
export type Answer = (request: Request, signal: AbortSignal | undefined) => Promise<Response>;

/**
 * What a client uses of `fetch`, without a network: the request reaches the exchange after half of the latency and the
 * answer comes after the other half, when the clock is turned. Rejects with the signal's reason when it is aborted.
 */
export function inProcessFetch(clock: Clock, answer: Answer, latencyMs: () => number): typeof fetch {
  const call = async (input: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const { signal: given, ...rest } = init ?? {};
    const signal = given ?? undefined;
    signal?.throwIfAborted();
    // The request itself is made without the signal: only the waits below end early.
    const request = input instanceof Request ? new Request(input, rest) : new Request(String(input), rest);
    const half = Math.max(0, latencyMs()) / 2;
    await clock.sleep(millis(half), signal);
    const response = await answer(request, signal);
    await clock.sleep(millis(half), signal);
    return response;
  };
  return Object.assign(call, { preconnect: () => {} });
}
