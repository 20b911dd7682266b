import type { UnixMs } from "../../core/mod.ts";
import { createSandbox } from "../../sandbox/mod.ts";
import { FilterCodeFault } from "../../strategy/mod.ts";
import {
  type FilterCheck,
  faultCheck,
  type Screener,
  type ScreenRequest,
  type ScreenResult,
  StrategyScreener,
} from "../../traders/mod.ts";
import { OF_VYX } from "../../wire/mod.ts";
import { stopwatch, threadTime } from "../stopwatch.ts";
import type { WorkerScreens } from "./worker-screens.ts";

/** The close of the first minute there was: a filter that is only read looks at none. */
const ANY_CLOSE = 59_999 as UnixMs;

/**
 * Screens for traders in a thread of their own, so that neither requests nor screens by hand wait for them. That thread has
 * the store's klines only: a market that was read elsewhere is screened in this one, and holds it up, 2 s at most for one trader.
 */
export class ThreadScreener implements Screener {
  readonly #screens: WorkerScreens;
  #here: Promise<StrategyScreener> | undefined;

  constructor(screens: WorkerScreens) {
    this.#screens = screens;
  }

  async screen(request: ScreenRequest): Promise<ScreenResult> {
    if (request.market.readFrom.source !== OF_VYX.source) {
      this.#here ??= createSandbox({ stopwatch, threadTime }).then(
        (sandbox) => new StrategyScreener(sandbox, stopwatch),
      );
      return await (await this.#here).screen(request);
    }
    const { code, timeframes, symbols, interval, closeTime } = request;
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
