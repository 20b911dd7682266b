import {
  addCandles,
  candlesBetween,
  type Interval,
  InvalidInput,
  isOpenTime,
  type MarketId,
  openTimeOf,
  type PastBlock,
  type Symbol,
  type UnixMs,
} from "../../core/mod.ts";
import { windowsOf } from "../asked.ts";
import { DAY_MS } from "../day.ts";
import type { EngineName } from "../filter.ts";
import { tickerIntervals } from "../past-ticker.ts";
import { MAX_STOPPED_SYMBOLS, type ScreeningParts } from "../screen.ts";
import { longestWindow, shortWindows } from "../windows.ts";
import { type HorizonFigures, HorizonTallies, type HorizonTallyState } from "./horizon-tallies.ts";
import type { LiveSignals } from "./live-signals.ts";
import {
  type BacktestSignal,
  type BacktestSkips,
  type BacktestSymbol,
  type BacktestTally,
  SymbolBacktest,
} from "./symbol-backtest.ts";

/** The most failures that a backtest tells one by one. */
export const MAX_BACKTEST_ERRORS = 20;

/** Klines that are read before the first close beyond those that a filter sees, as a share of these: candles may be missing. */
const SPARE_SHARE = 0.1;

/** A filter and the closes that it is to be asked at. */
export interface BacktestRequest {
  readonly code: string;
  readonly market: MarketId;
  /** Whose closes they are. */
  readonly interval: Interval;
  /** The intervals that the filter reads. */
  readonly timeframes: readonly Interval[];
  /** The first close and the last one: last milliseconds of candles. */
  readonly firstClose: UnixMs;
  readonly lastClose: UnixMs;
  /** In candles, growing. */
  readonly horizons: readonly number[];
  /** Candles after a signal for which the same symbol gives no other one. */
  readonly cooldownCandles: number;
  /** Whether signals come with their facts. */
  readonly facts: boolean;
  /** What buying and selling cost together, in percent of the price. */
  readonly feesPercent: number;
  /** How many closed klines of a series a server keeps: a filter sees as many as it would there. */
  readonly capacity: number;
  /** Signals that were given; then the filter isn't asked. */
  readonly live?: LiveSignals | undefined;
}

/** What follows from a request and its filter. */
export interface BacktestPlan extends BacktestRequest {
  readonly closes: number;
  /** How many klines of each interval the filter sees. */
  readonly windows: ReadonlyMap<Interval, number>;
  /** How many closed klines of each interval are kept while a symbol is gone through. */
  readonly keep: ReadonlyMap<Interval, number>;
  /** The first and the last minute that are read, by their open times. */
  readonly readFrom: UnixMs;
  readonly readTo: UnixMs;
  readonly engine: EngineName;
  readonly why: string;
  readonly exact: boolean;
  readonly notes: readonly string[];
}

/** What a backtest counted. */
export interface BacktestTotals {
  readonly checked: number;
  readonly skipped: Readonly<BacktestSkips>;
  /** The first and the last close that a symbol was skipped at because candles are missing; undefined if there is none. */
  readonly missing: MissingSpan | undefined;
  readonly errors: number;
  /** The first of the failures. */
  readonly firstErrors: readonly { readonly closeTime: UnixMs; readonly symbol: Symbol; readonly message: string }[];
  readonly matches: number;
  readonly signals: number;
  /** Matches that the cooldown keeps from being signals. */
  readonly cooling: number;
  readonly outcomes: readonly HorizonFigures[];
}

/** The first and the last close of some, last milliseconds of candles. */
export interface MissingSpan {
  readonly from: UnixMs;
  readonly to: UnixMs;
}

/** What a step found. */
export interface BacktestStep {
  readonly signals: readonly BacktestSignal[];
  /** `block`: the next block is wanted. `done`: the symbol is gone through. */
  readonly next: "step" | "block" | "done";
}

/** A filter at each close of a range, on one symbol after the other. The same klines give the same signals and totals. */
export class Backtest {
  readonly plan: BacktestPlan;
  readonly #parts: Omit<ScreeningParts, "view">;
  readonly #tally: Tally;
  readonly #readsTicker: boolean;
  #symbol: SymbolBacktest | undefined;

  /** Throws FilterCodeFault and {@link InvalidInput} where the request can't be meant. The runner is ready. */
  constructor(request: BacktestRequest, parts: Omit<ScreeningParts, "view">) {
    this.#parts = parts;
    const filter = parts.runner.prepare(request.code);
    try {
      this.#readsTicker = filter.readsTicker;
      const { windows } = windowsOf(filter, request, request.capacity, [request.market]);
      const { engine, why, study } = filter;
      const keep = keepOf(request, windows, study.mayLookFurther, filter.readsTicker);
      const notes = filter.readsTicker
        ? [`past tickers aren't known: they are computed from the klines of the 24 hours before each close`]
        : [];
      this.plan = {
        ...request,
        windows,
        keep,
        ...readingOf(request, keep),
        engine,
        why,
        exact: !filter.readsTicker,
        notes: [...shortWindows(study.longest, request.capacity), ...notes],
      };
    } finally {
      filter.close();
    }
    this.#tally = new Tally(this.plan);
  }

  /** Begins with a symbol, once the one before is done. */
  open(symbol: BacktestSymbol): void {
    this.#symbol = new SymbolBacktest(this.plan, symbol, this.#tally, this.#parts, this.#readsTicker);
  }

  /** Hands over the symbol's next block; undefined after its last one. */
  take(block: PastBlock | undefined): void {
    this.#symbol?.take(block);
  }

  /**
   * Goes on with the symbol for about so many milliseconds. Throws {@link InvalidInput} when the filter ran into its bound of time for
   * {@link MAX_STOPPED_SYMBOLS} closes: how far it gets then depends on the machine.
   */
  step(sliceMs: number): BacktestStep {
    if (this.#symbol === undefined) return { signals: [], next: "done" };
    const filter = this.#parts.runner.prepare(this.plan.code);
    try {
      const step = this.#symbol.step(filter, sliceMs);
      if (this.#tally.stopped >= MAX_STOPPED_SYMBOLS) {
        throw new InvalidInput(
          `the filter was stopped for its time or memory at ${MAX_STOPPED_SYMBOLS} closes: a backtest takes filters that stay within their bounds, because others give another result each time`,
        );
      }
      if (step.next === "done") this.#symbol = undefined;
      return step;
    } finally {
      filter.close();
    }
  }

  /** What was counted so far, for `totals` of a backtest of other symbols. */
  tally(): BacktestTallyState {
    return this.#tally.state();
  }

  /** What was counted here and in `others`, backtests of other symbols by the same request. */
  totals(others: readonly BacktestTallyState[] = []): BacktestTotals {
    for (const other of others) this.#tally.merge(other);
    if (this.plan.live !== undefined) this.#tally.addLive(this.plan.live, this.plan.feesPercent);
    return this.#tally.totals();
  }
}

/** What a backtest counted, as it travels between threads. */
export interface BacktestTallyState {
  readonly counts: Pick<Tally, "checked" | "matches" | "signals" | "cooling" | "errors">;
  readonly skips: BacktestSkips;
  readonly missing: MissingSpan | undefined;
  readonly firstErrors: BacktestTotals["firstErrors"];
  readonly horizons: readonly HorizonTallyState[];
}

/** Counts over all symbols. */
class Tally implements BacktestTally {
  readonly skips: BacktestSkips = { candles: 0, older: 0, ticker: 0, young: 0 };
  checked = 0;
  matches = 0;
  signals = 0;
  cooling = 0;
  errors = 0;
  stopped = 0;
  missing: MissingSpan | undefined;
  readonly #firstErrors: { closeTime: UnixMs; symbol: Symbol; message: string }[] = [];
  readonly #horizons: HorizonTallies;

  constructor(plan: BacktestPlan) {
    this.#horizons = new HorizonTallies(plan);
  }

  miss(closeTime: UnixMs): void {
    this.skips.candles += 1;
    this.missing = spanOf(this.missing, { from: closeTime, to: closeTime });
  }

  fail(closeTime: UnixMs, symbol: Symbol, message: string): void {
    this.errors += 1;
    if (this.#firstErrors.length < MAX_BACKTEST_ERRORS) this.#firstErrors.push({ closeTime, symbol, message });
  }

  addBaseline(horizon: number, closeTime: UnixMs, percent: number): void {
    this.#horizons.addBaseline(horizon, closeTime, percent);
  }

  addSignal(horizon: number, closeTime: UnixMs, percent: number): void {
    this.#horizons.addSignal(horizon, closeTime, percent);
  }

  addLive({ signals }: LiveSignals, feesPercent: number): void {
    this.signals += signals.length;
    for (const { closeTime, returns } of signals) {
      for (const [horizon, percent] of returns.entries()) {
        if (percent !== null) this.addSignal(horizon, closeTime, percent - feesPercent);
      }
    }
  }

  state(): BacktestTallyState {
    const { checked, matches, signals, cooling, errors, skips, missing } = this;
    return {
      counts: { checked, matches, signals, cooling, errors },
      skips,
      missing,
      firstErrors: this.#firstErrors,
      horizons: this.#horizons.state(),
    };
  }

  merge({ counts, skips, missing, firstErrors, horizons }: BacktestTallyState): void {
    for (const name of Object.keys(counts) as (keyof typeof counts)[]) this[name] += counts[name];
    for (const name of Object.keys(skips) as (keyof BacktestSkips)[]) this.skips[name] += skips[name];
    if (missing !== undefined) this.missing = spanOf(this.missing, missing);
    this.#firstErrors.push(...firstErrors);
    this.#firstErrors.sort((one, other) => one.closeTime - other.closeTime || (one.symbol < other.symbol ? -1 : 1));
    this.#firstErrors.splice(MAX_BACKTEST_ERRORS);
    this.#horizons.merge(horizons);
  }

  totals(): BacktestTotals {
    const { checked, skips, missing, errors, matches, signals: all, cooling } = this;
    const outcomes = this.#horizons.figures(all);
    const firstErrors = this.#firstErrors;
    return { checked, skipped: { ...skips }, missing, errors, firstErrors, matches, signals: all, cooling, outcomes };
  }
}

function spanOf(one: MissingSpan | undefined, other: MissingSpan): MissingSpan {
  if (one === undefined) return other;
  return { from: Math.min(one.from, other.from) as UnixMs, to: Math.max(one.to, other.to) as UnixMs };
}

/** How many klines of each interval are kept: what the filter sees, what it may want to see, and a day for tickers. */
function keepOf(
  { interval, capacity }: BacktestRequest,
  windows: ReadonlyMap<Interval, number>,
  mayLookFurther: boolean,
  readsTicker: boolean,
): ReadonlyMap<Interval, number> {
  const keep = new Map(windows);
  if (mayLookFurther) for (const one of windows.keys()) keep.set(one, longestWindow(capacity));
  const tickersFrom = readsTicker ? tickersFromOf(interval) : interval;
  for (const one of [interval, tickersFrom]) {
    const day = readsTicker ? Math.ceil(DAY_MS / addCandles(one, 0, 1)) + 1 : 1;
    keep.set(one, Math.max(keep.get(one) ?? 0, day));
  }
  return keep;
}

/** The interval whose klines past tickers are computed from. */
export function tickersFromOf(interval: Interval): Interval {
  return tickerIntervals(interval, { intervals: ["1d"] })[0] ?? interval;
}

/** How many closes there are, and which minutes are read for them. Throws {@link InvalidInput}. */
function readingOf(
  { interval, firstClose, lastClose, horizons }: BacktestRequest,
  keep: ReadonlyMap<Interval, number>,
): Pick<BacktestPlan, "closes" | "readFrom" | "readTo"> {
  for (const close of [firstClose, lastClose]) {
    if (isOpenTime(interval, close + 1)) continue;
    throw new InvalidInput(`${close} is not the close of a ${interval} candle: expected its last millisecond`);
  }
  const first = openTimeOf(interval, firstClose);
  const starts = [...keep].map(([one, klines]) => {
    return addCandles(one, openTimeOf(one, first), -Math.ceil(klines * (1 + SPARE_SHARE)) - 1);
  });
  const closes = candlesBetween(interval, first, lastClose + 1);
  const end = addCandles(interval, lastClose + 1, horizons.at(-1) ?? 0);
  return { closes, readFrom: Math.max(0, Math.min(...starts)) as UnixMs, readTo: (end - 60_000) as UnixMs };
}
