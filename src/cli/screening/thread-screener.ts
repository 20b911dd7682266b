import type { UnixMs } from "../../core/mod.ts";
import { FilterCodeFault } from "../../strategy/mod.ts";
import {
  type FilterCheck,
  faultCheck,
  type Screener,
  type ScreenRequest,
  type ScreenResult,
} from "../../traders/mod.ts";
import type { WorkerScreens } from "./worker-screens.ts";

/** The close of the first minute there was: a filter that is only read looks at none. */
const ANY_CLOSE = 59_999 as UnixMs;

/** Screens for traders in a thread of their own, so that neither requests nor screens by hand wait for them. */
export class ThreadScreener implements Screener {
  readonly #screens: WorkerScreens;

  constructor(screens: WorkerScreens) {
    this.#screens = screens;
  }

  async screen({ code, timeframes, symbols, interval, closeTime }: ScreenRequest): Promise<ScreenResult> {
    return await this.#screens.screen({ code, timeframes, symbols, interval, closeTime });
  }

  async check(code: string): Promise<FilterCheck> {
    try {
      const { engine, why } = await this.#screens.screen({
        code,
        timeframes: ["1m"],
        symbols: [],
        closeTime: ANY_CLOSE,
      });
      return { errors: [], engine: `${engine}: ${why}` };
    } catch (cause) {
      if (!(cause instanceof FilterCodeFault)) throw cause;
      return faultCheck(cause);
    }
  }
}
