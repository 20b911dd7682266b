import {
  candlesBetween,
  countOf,
  type Interval,
  InvalidInput,
  nextOpenTime,
  openTimeOf,
  type PastKlines,
  type PastSymbol,
  type QueueBounds,
  type Symbol,
  type UnixMs,
} from "../core/mod.ts";
import { type BacktestAsked, type BacktestRequest, type PlannedBacktest, triggerOf } from "../strategy/mod.ts";
import { BacktestRun } from "./backtest-run.ts";
import { ScreensBusy, TooManyScreens } from "./errors.ts";
import { type ScreenCaller, Screens, type ScreensParts } from "./screens.ts";

/** Backtests of one caller and of all callers at a time. One more is refused. */
export const BACKTEST_PLACES: { readonly perCaller: number; readonly total: number } = { perCaller: 1, total: 4 };

/** The most closes of a backtest, and the most symbols × closes. */
export const MAX_BACKTEST_CLOSES = 1_000_000;
export const MAX_BACKTEST_SYMBOL_CLOSES = 100_000_000;

/** A thread that does parts of backtests. */
export type BacktestThread = Pick<Screens, "backtest" | "timeframesOf">;

/** Threads that share a backtest's symbols. */
const THREADS = 2;

/** Parts of backtests of one caller and of all callers that wait for a thread or run in it. */
const PART_PLACES: QueueBounds = { perCaller: 8, total: 64 };

/** Threads for backtests, as `parts` say otherwise. Their program lets all other threads go first. */
export function backtestThreads(parts: Omit<ScreensParts, "bounds">): Screens[] {
  return Array.from({ length: THREADS }, () => new Screens({ ...parts, bounds: PART_PLACES }));
}

/** What backtests are made of. */
export interface BacktestsParts {
  readonly past: PastKlines;
  /** Threads that share the symbols of each backtest. Their number is part of the result: sums are added thread by thread. */
  readonly threads: readonly BacktestThread[];
  /** How many closed klines of a series a server keeps. */
  readonly capacity: number;
  /** What tells its backtests from those of others that share the threads. */
  readonly name?: string | undefined;
}

/** Filters over the past, in threads of their own. */
export class Backtests {
  readonly #parts: BacktestsParts;
  readonly #callers: Set<unknown> = new Set();
  #ids = 0;

  constructor(parts: BacktestsParts) {
    this.#parts = parts;
  }

  /** Backtests that have a place. */
  get running(): number {
    return this.#callers.size;
  }

  /**
   * Finds out what a backtest is to do, and takes a place for it, which is given back when it has ended or was closed. Rejects with
   * {@link TooManyScreens}, {@link ScreensBusy} and {@link InvalidInput}, and as screens do.
   */
  async plan(asked: BacktestAsked, by: ScreenCaller): Promise<PlannedBacktest> {
    this.#admit(by.caller);
    const release = (): void => void this.#callers.delete(by.caller);
    let run: BacktestRun | undefined;
    try {
      const { past, threads, capacity, name = "backtest" } = this.#parts;
      const symbols = symbolsOf(asked, await past.symbols(asked.market));
      const [first] = threads;
      if (first === undefined) throw new InvalidInput("this server runs no backtests");
      const names = symbols.map(({ symbol }) => symbol);
      const timeframes = await first.timeframesOf({ ...asked, symbols: names }, by);
      const interval = triggerOf({ timeframes, interval: asked.interval });
      for (const one of [interval, ...timeframes]) {
        if (one !== "1s") continue;
        throw new InvalidInput("1s klines aren't kept for the past: expected intervals of 1m and longer");
      }
      const closes = closesOf(asked, interval, symbols);
      const { code, market, horizons, cooldownCandles, facts, feesPercent, live } = asked;
      const request: BacktestRequest = {
        ...{ code, market, interval, timeframes, ...closes, horizons, cooldownCandles, facts, feesPercent, capacity },
        live,
      };
      this.#ids += 1;
      run = new BacktestRun({ id: `${name} ${this.#ids}`, past, threads, request, symbols, by, release, asked });
      await run.begin();
      return run;
    } catch (cause) {
      if (run === undefined) release();
      else run.close();
      throw cause;
    }
  }

  #admit(caller: unknown): void {
    const { perCaller, total } = BACKTEST_PLACES;
    if (this.#callers.has(caller)) {
      throw new TooManyScreens(`${countOf(perCaller, "backtest")} of yours runs already: try again when it has ended`);
    }
    if (this.#callers.size >= total) {
      throw new ScreensBusy(`${countOf(total, "backtest")} run already: try again in a minute`);
    }
    this.#callers.add(caller);
  }
}

/** The symbols that a backtest reads. Throws {@link InvalidInput} where the past doesn't have one of them. */
function symbolsOf({ universe, market }: BacktestAsked, known: readonly PastSymbol[]): readonly PastSymbol[] {
  if (known.length === 0) throw new InvalidInput(`there is no history of ${market} here`);
  if (universe === "all" || "top" in universe) return known;
  const bySymbol = new Map(known.map((one) => [one.symbol, one]));
  return [...new Set<Symbol>(universe)].sort().map((symbol) => {
    const one = bySymbol.get(symbol);
    if (one !== undefined) return one;
    throw new InvalidInput(`there is no history of ${symbol} in ${market} here`);
  });
}

/** The first and the last close that a backtest is about. Throws {@link InvalidInput} where there is none, or too many. */
function closesOf(
  { from, to, universe }: BacktestAsked,
  interval: Interval,
  symbols: readonly PastSymbol[],
): Pick<BacktestRequest, "firstClose" | "lastClose"> {
  const oldest = Math.min(...symbols.map(({ span }) => span.from));
  const newest = Math.max(...symbols.map(({ span }) => span.to)) + 60_000;
  const firstEnd = nextOpenTime(interval, openTimeOf(interval, Math.max(from, oldest)));
  const lastEnd = openTimeOf(interval, Math.min((to ?? newest) + 1, newest));
  if (lastEnd < firstEnd) {
    const has = `${new Date(oldest).toISOString()} to ${new Date(newest).toISOString()}`;
    throw new InvalidInput(`no ${interval} candle closes in the range: the history here is of ${has}`);
  }
  const [firstClose, lastClose] = [(firstEnd - 1) as UnixMs, (lastEnd - 1) as UnixMs];
  const closes = candlesBetween(interval, firstEnd, lastEnd) + 1;
  const count = typeof universe === "object" && "top" in universe ? universe.top : symbols.length;
  if (closes > MAX_BACKTEST_CLOSES || closes * count > MAX_BACKTEST_SYMBOL_CLOSES) {
    const bounds = `${figure(MAX_BACKTEST_CLOSES)} closes and ${figure(MAX_BACKTEST_SYMBOL_CLOSES)} symbols × closes at most`;
    throw new InvalidInput(
      `the range has about ${figure(closes)} closes of ${figure(count)} symbols: expected ${bounds}`,
    );
  }
  return { firstClose, lastClose };
}

function figure(number: number): string {
  return number.toLocaleString("en-US");
}
