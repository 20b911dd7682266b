import { systemClock } from "../../src/cli/clock.ts";
import { SCREENING_PROGRAM } from "../../src/cli/screening-program.ts";
import { processorMs, stopwatch, threadTime } from "../../src/cli/stopwatch.ts";
import { Quarantine, REQUEST_PLACES, Screens } from "../../src/screening/mod.ts";
import type { MarketReader } from "../../src/store/mod.ts";

/** By what filters that run in the test's own thread are timed. */
export const TIMES = { stopwatch, threadTime } as const;

/** Screens in a thread, as a server has them for requests unless said otherwise. To be stopped. */
export function screensOf(
  markets: MarketReader,
  more: Partial<ConstructorParameters<typeof Screens>[0]> = {},
): Screens {
  return new Screens({
    markets,
    program: SCREENING_PROGRAM,
    clock: systemClock,
    stopwatch,
    processorMs,
    quarantine: new Quarantine(),
    bounds: REQUEST_PLACES,
    ...more,
  });
}

/** The address of the thread's program whose filters hang at a word; see `hanging-screens.ts`. */
const HANGING_SCREENS: string = new URL("./hanging-screens.ts", import.meta.url).href;

/** A thread whose filters may hang, as the server has it: those that hang at {@link HANGS_BUSILY} take a processor meanwhile. */
export const HANGING = { program: HANGING_SCREENS } as const;

/** The same for filters that sleep while they hang, so that many tests can have one: the clock says how long they have run. */
export const HANGING_ASLEEP = { program: HANGING_SCREENS, processorMs: stopwatch } as const;

/** A filter with this word in its code never comes back from a symbol, whatever the sandbox does. */
export const HANGS = "HANGS";

/** The same, and it doesn't sleep meanwhile. */
export const HANGS_BUSILY = "LOOPS";

/** A filter with this word can't even be read in finite time. */
export const HANGS_WHEN_READ = "HANGS_WHEN_READ";
