import { addCandles, type Interval, type UnixMs } from "../../core/mod.ts";
import { DAY_MS, dayOf } from "../day.ts";
import { DaySums, type Edge, edgeOf } from "./edge.ts";
import { type ReturnFigures, ReturnSummary, type ReturnSummaryState } from "./return-summary.ts";

/** The outcomes of one horizon, beside those of all closes at which the filter was asked. */
export interface HorizonFigures {
  readonly horizon: number;
  readonly signals: ReturnFigures & { readonly pending: number };
  readonly baseline: ReturnFigures;
  readonly edge: Edge;
}

/** The closes whose outcomes are counted. */
export interface TalliedCloses {
  readonly interval: Interval;
  readonly firstClose: UnixMs;
  readonly lastClose: UnixMs;
  /** In candles, growing. */
  readonly horizons: readonly number[];
}

/** The returns within one horizon, as they travel between threads. */
export interface HorizonTallyState {
  readonly signals: ReturnSummaryState;
  readonly baseline: ReturnSummaryState;
  readonly days: Float64Array;
}

/** The returns within one horizon. */
interface HorizonTally {
  readonly signals: ReturnSummary;
  readonly baseline: ReturnSummary;
  readonly days: DaySums;
}

/**
 * Counts the returns after signals and after all closes, for each horizon, in bounded memory: a megabyte or two for each.
 *
 * @example
 * const tallies = new HorizonTallies({ interval: "1h", firstClose, lastClose, horizons: [1, 4] });
 * tallies.addSignal(0, firstClose, 1.5);
 * tallies.addBaseline(0, firstClose, 0.2);
 * tallies.figures(1)[0].signals.meanPercent; // 1.5
 */
export class HorizonTallies {
  readonly #closes: TalliedCloses;
  readonly #firstDay: number;
  readonly #tallies: readonly HorizonTally[];

  constructor(closes: TalliedCloses) {
    this.#closes = closes;
    this.#firstDay = dayOf(closes.firstClose);
    const days = dayOf(closes.lastClose) - this.#firstDay + 1;
    this.#tallies = closes.horizons.map(() => ({
      signals: new ReturnSummary(),
      baseline: new ReturnSummary(),
      days: new DaySums(days),
    }));
  }

  /** `horizon`: its place among the horizons. The close is one of the closes. */
  addBaseline(horizon: number, closeTime: UnixMs, percent: number): void {
    const { baseline, days } = this.#of(horizon);
    baseline.add(percent);
    days.addBaseline(dayOf(closeTime) - this.#firstDay, percent);
  }

  /** Likewise; a signal of an earlier close has nothing to be compared with, and is left out of the edge. */
  addSignal(horizon: number, closeTime: UnixMs, percent: number): void {
    const { signals, days } = this.#of(horizon);
    signals.add(percent);
    if (closeTime >= this.#closes.firstClose) days.addSignal(dayOf(closeTime) - this.#firstDay, percent);
  }

  state(): HorizonTallyState[] {
    return this.#tallies.map(({ signals, baseline, days }) => ({
      signals: signals.state(),
      baseline: baseline.state(),
      days: days.state(),
    }));
  }

  /** Adds what was counted elsewhere over the same closes. */
  merge(states: readonly HorizonTallyState[]): void {
    for (const [index, { signals, baseline, days }] of states.entries()) {
      const mine = this.#of(index);
      mine.signals.merge(signals);
      mine.baseline.merge(baseline);
      mine.days.merge(days);
    }
  }

  /** What was counted, of so many signals; those without a return are pending. */
  figures(all: number): HorizonFigures[] {
    const { interval, horizons } = this.#closes;
    return horizons.map((horizon, index) => {
      const { signals, baseline, days } = this.#of(index);
      const figures = signals.figures();
      const lengthMs = addCandles(interval, 0, horizon);
      const edge = edgeOf(days, { daysEach: Math.ceil(lengthMs / DAY_MS), horizons: horizons.length, seed: index + 1 });
      return { horizon, signals: { ...figures, pending: all - figures.count }, baseline: baseline.figures(), edge };
    });
  }

  #of(horizon: number): HorizonTally {
    return this.#tallies[horizon] as HorizonTally;
  }
}
