import type { UnixMs } from "../../src/core/mod.ts";
import { createExchange, type Exchange } from "../../src/exchange/mod.ts";
import { ManualClock } from "./clock.ts";

/** How far the market goes on between two looks at what a test waits for, in milliseconds: one step of the stand-in. */
const STEP_MS = 1_000;

/** A stand-in behind real sockets whose market moves only when the test turns its clock. */
export interface TurnedExchange extends Exchange {
  /** The market goes on by so many milliseconds; what that sends is on its way afterwards, not yet there. */
  pass(spanMs: number): Promise<void>;
  /** The market goes on, a second at a time, until the condition holds. The runner's time limit ends a test that waits for ever. */
  passUntil(condition: () => boolean | Promise<boolean>): Promise<void>;
  /** The market goes on, a second at a time, while the work is under way. Resolves and rejects with it. */
  passDuring<Result>(work: Promise<Result>): Promise<Result>;
}

/** Starts it at `start` on a port of its own. A server that follows it keeps its real clock: market time is the exchange's. */
export function startTurnedExchange(
  options: Omit<Parameters<typeof createExchange>[0], "port" | "clock" | "speed"> & { readonly start: UnixMs },
): TurnedExchange {
  const clock = new ManualClock(options.start);
  const exchange = createExchange({ ...options, port: 0, clock });
  const passUntil = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await condition())) {
      await clock.turn(STEP_MS);
      // Sockets and what waits for them get their turn.
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  };
  return {
    ...exchange,
    pass: (spanMs) => clock.turn(spanMs),
    passUntil,
    passDuring: async (work) => {
      let isDone = false;
      const end = (): void => {
        isDone = true;
      };
      work.then(end, end);
      await passUntil(() => isDone);
      return await work;
    },
  };
}
