import { countOf, seededRandom } from "../../core/mod.ts";

/** How often the days are drawn anew for an interval. */
export const RESAMPLES = 1_000;

/** How certain the intervals of all horizons of a table are together. */
export const CONFIDENCE = 0.99;

/** With signals on fewer days, or stretches of days, nothing is said. */
export const LEAST_DAYS = 10;

/** Signals and baseline on each day of a range: their number, and the sum of their returns in percent. */
export class DaySums {
  readonly days: number;
  readonly #cells: Float64Array;

  constructor(days: number) {
    this.days = days;
    this.#cells = new Float64Array(4 * days);
  }

  addSignal(day: number, percent: number): void {
    this.#add(4 * day, percent);
  }

  addBaseline(day: number, percent: number): void {
    this.#add(4 * day + 2, percent);
  }

  /** The sums as they travel between threads. */
  state(): Float64Array {
    return this.#cells.slice();
  }

  /** Adds the sums of the same days. */
  merge(cells: Float64Array): void {
    for (const [cell, value] of cells.entries()) this.#cells[cell] = (this.#cells[cell] as number) + value;
  }

  /** The sums of stretches of so many days: signals, the sum of their returns, baseline, the sum of its returns. */
  stretches(length: number): Float64Array[] {
    const stretches: Float64Array[] = [];
    for (let day = 0; day < this.days; day += length) {
      const sums = new Float64Array(4);
      for (let cell = 4 * day; cell < 4 * Math.min(this.days, day + length); cell += 1) {
        sums[cell % 4] = (sums[cell % 4] as number) + (this.#cells[cell] as number);
      }
      stretches.push(sums);
    }
    return stretches;
  }

  #add(cell: number, percent: number): void {
    this.#cells[cell] = (this.#cells[cell] as number) + 1;
    this.#cells[cell + 1] = (this.#cells[cell + 1] as number) + percent;
  }
}

/** Whether signals did better than the baseline. */
export interface Edge {
  /** The mean return of the signals less that of the baseline, in percentage points; null without signals. */
  readonly differencePercent: number | null;
  /** The interval that holds the true difference, as certain as `confidence` says; null where too few days have signals. */
  readonly lowPercent: number | null;
  readonly highPercent: number | null;
  readonly confidence: number;
  /** Days with signals. Where the horizon is longer than a day: stretches of days as long as the horizon. */
  readonly days: number;
  readonly verdict: "edge seen" | "no edge seen" | "worse than the baseline";
  readonly says: string;
}

/** What the interval of one horizon is made with. */
export interface EdgeOptions {
  /** The horizon's length in days, at least 1: outcomes of one day reach into so many. */
  readonly daysEach: number;
  /** Horizons of the same table. The more are looked at, the wider each interval, so that all of them together can be trusted. */
  readonly horizons: number;
  readonly seed: number;
}

/**
 * The mean difference between signals and baseline, with an interval that treats the signals of a day as one observation: they share the
 * market's move. Days are drawn with replacement {@link RESAMPLES} times; the spread of the difference over these draws is its standard
 * error, and Student's distribution with as many degrees of freedom as there are days, less one, gives the width.
 */
export function edgeOf(sums: DaySums, { daysEach, horizons, seed }: EdgeOptions): Edge {
  const stretches = sums.stretches(daysEach).filter((one) => (one[2] as number) > 0);
  const days = stretches.filter((one) => (one[0] as number) > 0).length;
  const confidence = 1 - (1 - CONFIDENCE) / horizons;
  const differencePercent = differenceOf(totalOf(stretches));
  if (differencePercent === null || days < LEAST_DAYS) {
    const what =
      daysEach === 1
        ? countOf(days, "day")
        : countOf(days, `stretch of ${daysEach} days`, `stretches of ${daysEach} days`);
    const says = `no edge seen: there are signals with outcomes on ${what}, and ${LEAST_DAYS} are needed to tell`;
    return { differencePercent, lowPercent: null, highPercent: null, confidence, days, verdict: "no edge seen", says };
  }
  const width = studentQuantile((1 + confidence) / 2, days - 1) * standardError(stretches, seed);
  const [lowPercent, highPercent] = [differencePercent - width, differencePercent + width];
  const verdict = lowPercent > 0 ? "edge seen" : highPercent < 0 ? "worse than the baseline" : "no edge seen";
  const between = `the mean return differs from the baseline's by ${shown(lowPercent)} to ${shown(highPercent)} percentage points`;
  const says = `${verdict}: ${between}${verdict === "no edge seen" ? ", which includes 0" : ""}`;
  return { differencePercent, lowPercent, highPercent, confidence, days, verdict, says };
}

function standardError(stretches: readonly Float64Array[], seed: number): number {
  const random = seededRandom(seed);
  const differences: number[] = [];
  const total = new Float64Array(4);
  for (let draw = 0; draw < RESAMPLES; draw += 1) {
    total.fill(0);
    for (let one = 0; one < stretches.length; one += 1) {
      add(total, stretches[Math.floor(random() * stretches.length)] as Float64Array);
    }
    const difference = differenceOf(total);
    // A draw without any signal tells nothing.
    if (difference !== null) differences.push(difference);
  }
  const mean = differences.reduce((sum, one) => sum + one, 0) / differences.length;
  const squares = differences.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  return Math.sqrt(squares / (differences.length - 1));
}

function totalOf(stretches: readonly Float64Array[]): Float64Array {
  const total = new Float64Array(4);
  for (const one of stretches) add(total, one);
  return total;
}

function add(total: Float64Array, one: Float64Array): void {
  for (let cell = 0; cell < 4; cell += 1) total[cell] = (total[cell] as number) + (one[cell] as number);
}

function differenceOf([signals, signalSum, baseline, baselineSum]: Float64Array | readonly number[]): number | null {
  if (!signals || !baseline) return null;
  return (signalSum as number) / signals - (baselineSum as number) / baseline;
}

function shown(percent: number): string {
  return percent.toFixed(3);
}

/**
 * The quantile of Student's t distribution, from that of the normal distribution (Abramowitz and Stegun, Handbook of Mathematical
 * Functions, 26.2.23 and 26.7.5; off by less than 1 % from 9 degrees of freedom on). `share` is above one half.
 */
export function studentQuantile(share: number, degrees: number): number {
  const t = Math.sqrt(-2 * Math.log(1 - share));
  const z =
    t - (2.515517 + 0.802853 * t + 0.010328 * t ** 2) / (1 + 1.432788 * t + 0.189269 * t ** 2 + 0.001308 * t ** 3);
  const first = (z ** 3 + z) / 4;
  const second = (5 * z ** 5 + 16 * z ** 3 + 3 * z) / 96;
  const third = (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / 384;
  const fourth = (79 * z ** 9 + 776 * z ** 7 + 1482 * z ** 5 - 1920 * z ** 3 - 945 * z) / 92160;
  return z + first / degrees + second / degrees ** 2 + third / degrees ** 3 + fourth / degrees ** 4;
}
