/** Up to so many returns, quartiles are exact; with more they are off by at most {@link ACCURACY} of their size. */
export const MAX_EXACT_RETURNS = 100_000;

/** The relative error of a quartile of more returns. */
export const ACCURACY = 0.0025;

/** The smallest and the largest size of a return that bins are for, in percent: smaller ones count as 0, larger ones as the largest. */
const SMALLEST_PERCENT = 1e-6;
const LARGEST_PERCENT = 1e6;

/** The bins' sizes grow by this factor, so a bin's middle is within {@link ACCURACY} of all that is in it. */
const LOG_GROWTH: number = Math.log((1 + ACCURACY) / (1 - ACCURACY));

/** Bins for each sign. */
const BINS: number = Math.ceil(Math.log(LARGEST_PERCENT / SMALLEST_PERCENT) / LOG_GROWTH) + 1;

/** What many returns have in common, in percent. Null where there are none. */
export interface ReturnFigures {
  readonly count: number;
  /** The share that is above 0, from 0 to 1. */
  readonly hitRate: number | null;
  readonly meanPercent: number | null;
  readonly lowerQuartilePercent: number | null;
  readonly medianPercent: number | null;
  readonly upperQuartilePercent: number | null;
}

/** A summary as it travels between threads. */
export interface ReturnSummaryState {
  readonly count: number;
  readonly hits: number;
  readonly sum: number;
  readonly exact: Float64Array | undefined;
  readonly bins: Float64Array;
}

/** Adds up returns, in percent, in bounded memory: about 150 kB, and 800 kB while quartiles are exact. */
export class ReturnSummary {
  #count = 0;
  #hits = 0;
  #sum = 0;
  #exact: number[] | undefined = [];
  /** The most negative first. */
  readonly #bins: Float64Array = new Float64Array(2 * BINS + 1);

  add(percent: number): void {
    this.#count += 1;
    this.#sum += percent;
    if (percent > 0) this.#hits += 1;
    if (this.#exact !== undefined) {
      if (this.#count <= MAX_EXACT_RETURNS) this.#exact.push(percent);
      else this.#exact = undefined;
    }
    const bin = binOf(percent);
    this.#bins[bin] = (this.#bins[bin] as number) + 1;
  }

  state(): ReturnSummaryState {
    const exact = this.#exact === undefined ? undefined : Float64Array.from(this.#exact);
    return { count: this.#count, hits: this.#hits, sum: this.#sum, exact, bins: this.#bins.slice() };
  }

  /** Adds all returns of another summary. */
  merge({ count, hits, sum, exact, bins }: ReturnSummaryState): void {
    this.#count += count;
    this.#hits += hits;
    this.#sum += sum;
    if (exact === undefined || this.#count > MAX_EXACT_RETURNS) this.#exact = undefined;
    else for (const percent of exact) this.#exact?.push(percent);
    for (const [bin, inBin] of bins.entries()) this.#bins[bin] = (this.#bins[bin] as number) + inBin;
  }

  figures(): ReturnFigures {
    const count = this.#count;
    const sorted = this.#exact === undefined ? undefined : Float64Array.from(this.#exact).sort();
    const quantile = (share: number): number | null => {
      if (count === 0) return null;
      return sorted === undefined ? this.#quantileOfBins(share) : quantileOf(sorted, share);
    };
    return {
      count,
      hitRate: count === 0 ? null : this.#hits / count,
      meanPercent: count === 0 ? null : this.#sum / count,
      lowerQuartilePercent: quantile(0.25),
      medianPercent: quantile(0.5),
      upperQuartilePercent: quantile(0.75),
    };
  }

  #quantileOfBins(share: number): number {
    let before = Math.floor(share * (this.#count - 1));
    let bin = 0;
    while (before >= (this.#bins[bin] as number)) {
      before -= this.#bins[bin] as number;
      bin += 1;
    }
    return middleOf(bin);
  }
}

/** A quantile between two neighbours, as PostgreSQL's `percentile_cont` has it. */
function quantileOf(sorted: Float64Array, share: number): number {
  const at = share * (sorted.length - 1);
  const lower = Math.floor(at);
  const below = sorted[lower] as number;
  const above = sorted[Math.min(lower + 1, sorted.length - 1)] as number;
  return below + (above - below) * (at - lower);
}

function binOf(percent: number): number {
  const size = Math.abs(percent);
  if (size < SMALLEST_PERCENT) return BINS;
  const step = Math.min(BINS, Math.floor(Math.log(size / SMALLEST_PERCENT) / LOG_GROWTH) + 1);
  return percent < 0 ? BINS - step : BINS + step;
}

function middleOf(bin: number): number {
  const step = Math.abs(bin - BINS);
  if (step === 0) return 0;
  const size = SMALLEST_PERCENT * Math.exp((step - 0.5) * LOG_GROWTH);
  return bin < BINS ? -size : size;
}
