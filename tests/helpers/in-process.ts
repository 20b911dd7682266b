import type { UnixMs } from "../../src/core/mod.ts";
import { createInProcessExchange, type InProcessExchange, parseFaults } from "../../src/exchange/mod.ts";
import { ManualClock } from "./clock.ts";

/** A stand-in without a network or latency, under a clock that the test turns, with faults. */
export interface FaultyExchange {
  readonly exchange: InProcessExchange;
  readonly clock: ManualClock;
  /** Every fault that happened: its kind, the seconds of market time since the start, and the words. */
  readonly story: { readonly kind: string; readonly at: number; readonly what: string }[];
  /** A REST call: a path, or what stands under /api/v3. The clock must be turned for its answer. */
  get(path: string): Promise<Response>;
  /** A REST call, with the clock turned as far as it takes. */
  json<T>(path: string): Promise<T>;
}

export const START = Date.UTC(2026, 1, 10, 12, 30) as UnixMs;

const running: InProcessExchange[] = [];

/** `options` as for createInProcessExchange, but for the faults, which are text. */
export function startFaulty(
  faults: string,
  options: Partial<Omit<Parameters<typeof createInProcessExchange>[0], "faults">> = {},
): FaultyExchange {
  const clock = new ManualClock(START);
  const story: { kind: string; at: number; what: string }[] = [];
  const exchange = createInProcessExchange({
    clock,
    symbols: ["BTCUSDT", "ETHUSDT", "SOLUSDT", "XRPUSDT"],
    streamLatencyMs: () => 0,
    restLatencyMs: () => 0,
    onFault: ({ kind, at, what }) => void story.push({ kind, at: (at - START) / 1_000, what }),
    ...(faults === "" ? {} : { faults: parseFaults(faults, options.as) }),
    ...options,
  });
  running.push(exchange);
  const get = (path: string): Promise<Response> =>
    exchange.fetch(`http://exchange${path.startsWith("/") ? path : `/api/v3/${path}`}`);
  return {
    exchange,
    clock,
    story,
    get,
    json: async (path) => {
      const asked = get(path);
      await clock.turn(0);
      return await (await asked).json();
    },
  };
}

/** Ends all that were started; for afterEach. */
export async function stopFaulty(): Promise<void> {
  for (const exchange of running.splice(0)) await exchange.stop();
}
