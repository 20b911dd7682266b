import { type Interval, marketsOf, VyxError } from "../core/mod.ts";
import {
  type CodeFault,
  FilterCodeFault,
  type FilterRunner,
  faultsOf,
  type MarketView,
  type PreparedFilter,
  Screening,
  ScreenRun,
  windowsOf,
} from "../strategy/mod.ts";
import type { AskedOfFilter, FilterCheck, FilterFault, Screener, ScreenRequest, ScreenResult } from "./ports.ts";

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

  async screen(request: ScreenRequest): Promise<ScreenResult> {
    const { onServer } = request.market;
    if (onServer !== undefined) {
      const market = await onServer.read();
      return { ...(await this.screen({ ...request, market })), market };
    }
    const { code, timeframes, symbols, interval, closeTime, market } = request;
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

  async windows(code: string, timeframes: readonly Interval[]): Promise<ReadonlyMap<Interval, number>> {
    try {
      const filter = this.#runner.prepare(code);
      filter.close();
      return windowsOf(filter, { timeframes }, undefined, []).windows;
    } catch (cause) {
      // It is told when the filter is run.
      if (cause instanceof VyxError) return new Map();
      throw cause;
    }
  }

  /** Resolves in a turn of the event loop that no other slice has, whichever screen it belongs to. */
  #turn(): Promise<void> {
    this.#lastTurn = this.#lastTurn.then(() => new Promise((resolve) => setTimeout(resolve, 0)));
    return this.#lastTurn;
  }

  async check(code: string, asked: AskedOfFilter = {}): Promise<FilterCheck> {
    try {
      const filter = this.#runner.prepare(code);
      filter.close();
      return checkOf(filter, asked, []);
    } catch (cause) {
      if (cause instanceof FilterCodeFault) return faultCheck(cause);
      if (!(cause instanceof VyxError) || cause.retryable) throw cause;
      return { errors: [{ message: cause.message }], engine: null, timeframes: null, notes: [] };
    }
  }
}

/** What a check says of a filter that can't be one. */
export function faultCheck(fault: FilterCodeFault): FilterCheck {
  return { errors: [faultOf(fault)], engine: null, timeframes: null, notes: [] };
}

/** What a check says of a filter that was read. */
export function checkOf(
  { engine, why, study }: Pick<PreparedFilter, "engine" | "why" | "study">,
  { timeframes, market, symbols }: AskedOfFilter,
  notes: readonly string[],
): FilterCheck {
  const markets = market === undefined ? marketsOf(symbols ?? []) : [market];
  const errors = faultsOf(study, timeframes, markets).map(faultOf);
  const read = study.mayReadOthers || study.reads.length === 0 ? null : study.reads.map(({ interval }) => interval);
  return { errors, engine: errors.length > 0 ? null : `${engine}: ${why}`, timeframes: read, notes };
}

function faultOf({ what, place, end }: CodeFault): FilterFault {
  const from = { message: what, line: place?.line, column: place?.column };
  return end === undefined ? from : { ...from, endLine: end.line, endColumn: end.column };
}
