/** Steps of a hundredth of a percent, and the largest return that is told apart, in steps: ±1,000 %. */
const STEPS_A_PERCENT = 100;
const LARGEST_STEP = 100_000;

/** 0.29 × 100 is a little less than 29. */
const ROUNDING = 1e-7;

/** Widths of a bar, in steps, and the most bars. */
const WIDTHS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000] as const;
const MOST_BARS = 24;

/** The share of the returns at each end that the outermost bars may take in, so that one outlier doesn't flatten the rest. */
const TAIL = 0.02;

/** One bar: the returns from `fromPercent` up to, not including, `toPercent`. */
export interface ReturnBar {
  readonly fromPercent: number;
  readonly toPercent: number;
  readonly count: number;
}

/** Bars of equal width, lowest first. 0 % is an edge, never inside a bar. The first and the last bar include all beyond them. */
export interface ReturnHistogram {
  readonly bars: readonly ReturnBar[];
  readonly widthPercent: number;
  readonly highest: number;
  readonly count: number;
}

/** Counts returns in steps of 0.01 %: as small for a million of them as for a thousand. */
export class ReturnCounts {
  readonly #counts: Map<number, number> = new Map();
  #count = 0;

  /** Counts a return, in percent. */
  add(percent: number): void {
    const step = Math.floor(percent * STEPS_A_PERCENT + ROUNDING);
    const within = Math.max(-LARGEST_STEP, Math.min(LARGEST_STEP, step));
    this.#counts.set(within, (this.#counts.get(within) ?? 0) + 1);
    this.#count += 1;
  }

  /** At most 24 bars; undefined without returns. */
  histogram(): ReturnHistogram | undefined {
    if (this.#count === 0) return undefined;
    const steps = [...this.#counts].sort(([a], [b]) => a - b);
    const [low, high] = [this.#stepAt(steps, TAIL), this.#stepAt(steps, 1 - TAIL)];
    const width = WIDTHS.find((one) => barsBetween(low, high, one) <= MOST_BARS) ?? WIDTHS[WIDTHS.length - 1] ?? 1;
    const first = Math.floor(low / width);
    const counts = new Array<number>(barsBetween(low, high, width)).fill(0);
    for (const [step, count] of steps) {
      const bar = Math.max(0, Math.min(counts.length - 1, Math.floor(step / width) - first));
      counts[bar] = (counts[bar] ?? 0) + count;
    }
    const bars = counts.map((count, at) => ({
      fromPercent: ((first + at) * width) / STEPS_A_PERCENT,
      toPercent: ((first + at + 1) * width) / STEPS_A_PERCENT,
      count,
    }));
    return { bars, widthPercent: width / STEPS_A_PERCENT, highest: Math.max(...counts), count: this.#count };
  }

  /** The step below or at which such a share of the returns is. */
  #stepAt(steps: readonly (readonly [step: number, count: number])[], share: number): number {
    let below = 0;
    for (const [step, count] of steps) {
      below += count;
      if (below >= share * this.#count) return step;
    }
    return steps.at(-1)?.[0] ?? 0;
  }
}

function barsBetween(low: number, high: number, width: number): number {
  return Math.floor(high / width) - Math.floor(low / width) + 1;
}
