import {
  countOf,
  type Interval,
  InvalidInput,
  type PastKlines,
  type PastSymbol,
  type Symbol,
  type UnixMs,
} from "../core/mod.ts";
import type { BacktestResult } from "../strategy/mod.ts";
import {
  mostCloses,
  type PerformanceAsked,
  type PerformanceAsker,
  type PerformanceFound,
  type PerformanceSource,
} from "../traders/mod.ts";
import { SIGNAL_HORIZONS } from "../wire/mod.ts";
import { Backtests, type BacktestThread } from "./backtests.ts";
import { ScreensBusy, TooManyScreens } from "./errors.ts";

/** Baselines of one caller that are computed or wait for the one before. One more is refused. */
const PER_CALLER = 4;

/** Callers whose baselines are computed at a time, one of each: with all backtests, fewer than a thread keeps. */
const CALLERS = 8;

/** A filter that is never asked. */
const NO_CODE = "return false;";

/** What performances are made of. */
export interface PerformancesParts {
  /** The past for an interval: what is in memory of it, and the history before that. */
  readonly pastOf: (interval: Interval) => PastKlines;
  /** Those of backtests. */
  readonly threads: readonly BacktestThread[];
  readonly capacity: number;
}

/** The outcomes of live signals beside the baseline of the closes that their trader ran at, computed as backtests compute them. */
export class Performances implements PerformanceSource {
  readonly #parts: PerformancesParts;
  readonly #backtests: Map<Interval, Backtests> = new Map();
  /** The last of each caller's, and how many there are. */
  readonly #callers: Map<unknown, { last: Promise<unknown>; count: number }> = new Map();

  constructor(parts: PerformancesParts) {
    this.#parts = parts;
  }

  async mostCloses(
    market: PerformanceAsked["market"],
    interval: Interval,
    named: readonly Symbol[] | null,
    from: UnixMs = 0 as UnixMs,
  ): Promise<number> {
    const symbols = known(await this.#parts.pastOf(interval).symbols(market), named);
    return mostCloses(symbols.filter(({ span }) => span.to >= from).length, interval);
  }

  async performance(asked: PerformanceAsked, by: PerformanceAsker): Promise<PerformanceFound> {
    const { last, count } = this.#callers.get(by.caller) ?? { last: Promise.resolve(), count: 0 };
    if (count >= PER_CALLER) {
      throw new TooManyScreens(
        `${countOf(PER_CALLER, "baseline")} of yours are being computed already: try again when one has ended`,
      );
    }
    if (count === 0 && this.#callers.size >= CALLERS) {
      throw new ScreensBusy(`the baselines of ${CALLERS} callers are being computed: try again in a minute`);
    }
    const next = last.then(() => this.#found(asked, by));
    const entry = { last: next.catch(() => {}), count: count + 1 };
    this.#callers.set(by.caller, entry);
    try {
      return await next;
    } finally {
      const left = this.#callers.get(by.caller);
      if (left !== undefined) left.count -= 1;
      if (left?.count === 0) this.#callers.delete(by.caller);
    }
  }

  async #found(asked: PerformanceAsked, by: PerformanceAsker): Promise<PerformanceFound> {
    if (by.signal.aborted) throw by.signal.reason;
    const { market, interval, symbols, closes, signals, feesPercent } = asked;
    const [from, to] = [closes[0], closes.at(-1)];
    const universe = known(await this.#parts.pastOf(interval).symbols(market), symbols).map(({ symbol }) => symbol);
    if (from === undefined || to === undefined || universe.length === 0) {
      throw new InvalidInput(`there is no history of these symbols in ${market} here`);
    }
    const planned = await this.#of(interval).plan(
      {
        ...{ code: NO_CODE, market, interval, timeframes: [interval], from, to, universe, feesPercent },
        ...{ horizons: SIGNAL_HORIZONS, cooldownCandles: 0, facts: false, live: { closes, signals } },
      },
      by,
    );
    try {
      by.charge(planned.symbolCloses);
    } catch (cause) {
      planned.close();
      throw cause;
    }
    for await (const event of planned.events()) if (event.kind === "result") return foundIn(event.result, closes);
    throw by.signal.reason;
  }

  /** One for each interval, as their pasts differ; each has places of its own. */
  #of(interval: Interval): Backtests {
    const { pastOf, threads, capacity } = this.#parts;
    const made =
      this.#backtests.get(interval) ??
      new Backtests({ past: pastOf(interval), threads, capacity, name: `performance ${interval}` });
    this.#backtests.set(interval, made);
    return made;
  }
}

function foundIn(
  { outcomes, symbols, from, to, checked }: BacktestResult,
  closes: readonly UnixMs[],
): PerformanceFound {
  const covered = closes.filter((close) => close >= from && close <= to);
  return { outcomes, symbols, baselineFrom: checked === 0 ? null : (covered[0] ?? null) };
}

/** The symbols that are named and that the past has; all that it has for null. */
function known(symbols: readonly PastSymbol[], named: readonly Symbol[] | null): readonly PastSymbol[] {
  return named === null ? symbols : symbols.filter(({ symbol }) => named.includes(symbol));
}
