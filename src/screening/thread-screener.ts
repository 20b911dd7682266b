import { type Interval, type Stopwatch, VyxError } from "../core/mod.ts";
import { createSandbox } from "../sandbox/mod.ts";
import { FilterCodeFault } from "../strategy/mod.ts";
import {
  type AskedOfFilter,
  checkOf,
  type FilterCheck,
  faultCheck,
  type Screener,
  ScreenerBusy,
  type ScreenRequest,
  type ScreenResult,
  StrategyScreener,
  TooManyChecks,
} from "../traders/mod.ts";
import { OF_VYX } from "../wire/mod.ts";
import type { ScreenCaller, Screens } from "./screens.ts";

/** Whose share a check takes that nobody in particular asked for. */
const NOBODY: ScreenCaller = { caller: "nobody" };

/** By what filters that run in this thread are timed. */
export interface ThreadTimes {
  readonly stopwatch: Stopwatch;
  /** Milliseconds that this thread has worked. */
  readonly threadTime: () => number;
}

/**
 * Screens for traders in a separate thread, so that requests and ad-hoc screens never wait for traders. That thread has
 * the store's klines only: a market that was read elsewhere is screened in this one, a few milliseconds at a time.
 * Filters are checked among the requests, so that no trader waits for that.
 */
export class ThreadScreener implements Screener {
  readonly #traders: Pick<Screens, "screen">;
  readonly #requests: Pick<Screens, "check">;
  readonly #times: ThreadTimes;
  #here: Promise<StrategyScreener> | undefined;

  constructor(traders: Pick<Screens, "screen">, requests: Pick<Screens, "check">, times: ThreadTimes) {
    this.#traders = traders;
    this.#requests = requests;
    this.#times = times;
  }

  async screen(request: ScreenRequest): Promise<ScreenResult> {
    if (request.market.readFrom.source !== OF_VYX.source) {
      return await (await this.#screenerHere()).screen(request);
    }
    const { owner, code, timeframes, symbols, interval, closeTime } = request;
    try {
      return await this.#traders.screen({ code, timeframes, symbols, interval, closeTime }, { caller: owner });
    } catch (cause) {
      throw notMine(cause);
    }
  }

  /** Asked for a market only that is read elsewhere. */
  async windows(code: string, timeframes: readonly Interval[]): Promise<ReadonlyMap<Interval, number>> {
    return await (await this.#screenerHere()).windows(code, timeframes);
  }

  #screenerHere(): Promise<StrategyScreener> {
    const { stopwatch } = this.#times;
    this.#here ??= createSandbox(this.#times).then((sandbox) => new StrategyScreener(sandbox, stopwatch));
    return this.#here;
  }

  async check(code: string, asked: AskedOfFilter = {}, by: ScreenCaller = NOBODY): Promise<FilterCheck> {
    try {
      const checked = await this.#requests.check(code, by);
      return checkOf(checked, asked, checked.notes);
    } catch (cause) {
      if (cause instanceof FilterCodeFault) return faultCheck(cause);
      if (cause instanceof VyxError && cause.code === "too_many_screens") {
        throw new TooManyChecks(cause.message, { cause });
      }
      throw notMine(cause);
    }
  }
}

/** A temporary failure is no fault of the filter. */
function notMine(cause: unknown): unknown {
  return cause instanceof VyxError && cause.retryable ? new ScreenerBusy(cause.message, { cause }) : cause;
}
