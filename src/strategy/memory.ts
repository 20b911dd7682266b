/**
 * The weight that everything before a filter's window may still have in an average that never quite forgets, such as an EMA:
 * windows are chosen so that it is below this.
 */
export const RESIDUAL = 1e-6;

/** The most closed klines that a server can keep of a series: how far beyond it an indicator looks back isn't found out. */
export const MAX_SERIES_KLINES = 20_000;

/**
 * How far back an indicator's output looks. `shift`: so many earlier values of the input count in full. `ratios`: averages in a row,
 * the one nearest to the input first, each with the share that it keeps of its value at every step; none for what looks back over a
 * fixed number of values.
 */
export interface Memory {
  readonly shift: number;
  readonly ratios: readonly number[];
}

/** Only the present value counts. */
export const NO_MEMORY: Memory = { shift: 0, ratios: [] };

/** Of an exponential moving average: it begins with its first value, which then fades. */
export function emaMemory(period: number): Memory {
  return { shift: 0, ratios: [(period - 1) / (period + 1)] };
}

/** Of Wilder's smoothing, `shift` values after the input's first: what it begins with fades. */
export function wilderMemory(period: number, shift: number = period - 1): Memory {
  return { shift, ratios: [(period - 1) / period] };
}

/** Of an output that reads another output. */
export function chained(inner: Memory, outer: Memory): Memory {
  return { shift: inner.shift + outer.shift, ratios: [...inner.ratios, ...outer.ratios] };
}

/** The one of two that looks back further. */
export function longerOf(one: Memory, other: Memory): Memory {
  return klinesFor(other) > klinesFor(one) ? other : one;
}

/** Numbers of klines that are kept, so that they aren't computed anew for each symbol; with one more, all go. */
const MAX_KEPT = 1_000;
const KEPT: Map<string, number> = new Map();

/**
 * How many klines a window needs so that all before it weighs less than {@link RESIDUAL}. Where that takes more than
 * {@link MAX_SERIES_KLINES}, some number above it.
 */
export function klinesFor({ shift, ratios }: Memory): number {
  const slow = ratios.filter((ratio) => ratio > 0);
  if (slow.length === 0) return shift + 1;
  const key = slow.join();
  let steps = KEPT.get(key);
  if (steps === undefined) {
    steps = stepsFor(slow);
    if (KEPT.size >= MAX_KEPT) KEPT.clear();
    KEPT.set(key, steps);
  }
  return shift + 1 + steps;
}

/** What all before a window of so many klines may still weigh, 0 … 1. */
export function residualOf({ shift, ratios }: Memory, klines: number): number {
  const slow = ratios.filter((ratio) => ratio > 0);
  if (klines <= shift) return 1;
  if (slow.length === 0) return 0;
  const fading = new Fading(slow);
  for (let step = klines - shift - 1; step > 0; step -= 1) fading.step();
  return fading.weight;
}

function stepsFor(ratios: readonly number[]): number {
  const fading = new Fading(ratios);
  let steps = 0;
  for (; fading.weight >= RESIDUAL && steps < MAX_SERIES_KLINES; steps += 1) fading.step();
  return steps;
}

/** How the start of a window fades in averages that read each other. Each begins with nothing but the start. */
class Fading {
  readonly #ratios: readonly number[];
  readonly #weights: Float64Array;

  constructor(ratios: readonly number[]) {
    this.#ratios = ratios;
    this.#weights = new Float64Array(ratios.length).fill(1);
  }

  /** In the last of them. */
  get weight(): number {
    return this.#weights[this.#weights.length - 1] as number;
  }

  step(): void {
    let before = 0;
    for (let at = 0; at < this.#ratios.length; at += 1) {
      const ratio = this.#ratios[at] as number;
      before = ratio * (this.#weights[at] as number) + (1 - ratio) * before;
      this.#weights[at] = before;
    }
  }
}
