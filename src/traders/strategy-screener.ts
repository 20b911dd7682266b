import { VyxError } from "../core/mod.ts";
import { FilterCodeFault, type FilterRunner, type MarketView, Screening, ScreenRun } from "../strategy/mod.ts";
import type { FilterCheck, Screener, ScreenRequest, ScreenResult } from "./ports.ts";

/** How long filters hold the event loop before everything else gets its turn, in milliseconds. One symbol's run may take longer. */
const LOOP_SLICE_MS = 8;

/** Screens in this very thread, in slices of {@link LOOP_SLICE_MS}: requests and timers are served between two of them. */
export class StrategyScreener implements Screener {
  readonly #runner: FilterRunner;
  readonly #stopwatch: () => number;
  /** By the market, so that traders that look at the same close share what was computed. */
  readonly #screenings: WeakMap<MarketView, Screening> = new WeakMap();

  /** When the last slice that was asked for may begin. */
  #lastTurn: Promise<void> = Promise.resolve();

  /** `stopwatch`: milliseconds that pass. */
  constructor(runner: FilterRunner, stopwatch: () => number) {
    this.#runner = runner;
    this.#stopwatch = stopwatch;
  }

  async screen({ code, timeframes, symbols, interval, closeTime, market }: ScreenRequest): Promise<ScreenResult> {
    let screening = this.#screenings.get(market.view);
    if (screening === undefined) {
      screening = new Screening({ view: market.view, runner: this.#runner, stopwatch: this.#stopwatch });
      this.#screenings.set(market.view, screening);
    }
    const run = new ScreenRun();
    for (;;) {
      await this.#runner.ready();
      await this.#turn();
      const slice = screening.slice({ code, timeframes, symbols, interval, closeTime }, run.next(LOOP_SLICE_MS));
      const result = run.add(slice);
      if (result !== undefined) return result;
    }
  }

  /** Resolves in a turn of the event loop that no other slice has, whichever screen it belongs to. */
  #turn(): Promise<void> {
    this.#lastTurn = this.#lastTurn.then(() => new Promise((resolve) => setTimeout(resolve, 0)));
    return this.#lastTurn;
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
