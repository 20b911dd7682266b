import { VyxError } from "../core/mod.ts";
import { FilterCodeFault, type FilterRunner, type MarketView, Screening } from "../strategy/mod.ts";
import type { FilterCheck, Screener, ScreenRequest, ScreenResult } from "./ports.ts";

/** Screens in this very thread: what runs meanwhile waits, 2 s at most for one trader. */
export class StrategyScreener implements Screener {
  readonly #runner: FilterRunner;
  readonly #stopwatch: () => number;
  /** By the market, so that traders that look at the same close share what was computed. */
  readonly #screenings: WeakMap<MarketView, Screening> = new WeakMap();

  /** `stopwatch`: milliseconds that pass. */
  constructor(runner: FilterRunner, stopwatch: () => number) {
    this.#runner = runner;
    this.#stopwatch = stopwatch;
  }

  async screen({ code, timeframes, symbols, interval, closeTime, market }: ScreenRequest): Promise<ScreenResult> {
    await this.#runner.ready();
    let screening = this.#screenings.get(market.view);
    if (screening === undefined) {
      screening = new Screening({ view: market.view, runner: this.#runner, stopwatch: this.#stopwatch });
      this.#screenings.set(market.view, screening);
    }
    return screening.screen({ code, timeframes, symbols, interval, closeTime });
  }

  async check(code: string): Promise<FilterCheck> {
    try {
      const filter = this.#runner.prepare(code);
      filter.close();
      return { errors: [], engine: `${filter.engine}: ${filter.why}` };
    } catch (cause) {
      if (cause instanceof FilterCodeFault) return faultCheck(cause);
      if (!(cause instanceof VyxError) || cause.retryable) throw cause;
      return { errors: [{ message: cause.message }], engine: null };
    }
  }
}

/** What a check says of a filter that can't be one. */
export function faultCheck({ what, place }: FilterCodeFault): FilterCheck {
  return { errors: [{ message: what, line: place?.line, column: place?.column }], engine: null };
}
