import { type Clock, candlesBetween, type Millis, millis, type StopSignal } from "../core/mod.ts";
import {
  compareSeries,
  DIFFERENCE_KINDS,
  type Difference,
  type DifferenceKind,
  differenceId,
  type SeriesComparison,
} from "./difference.ts";
import { readSeries, type SeriesName } from "./redis/mod.ts";
import { batchesOf, idOf, readSeriesOfBoth, readServerSeries, type SeriesSelection, type Sides } from "./sides.ts";

/** Differences that are kept and told one by one; past it they are only counted. */
const MAX_TOLD = 1_000;

/** How to compare. */
export interface CompareOptions extends SeriesSelection {
  /** Candles of each series that are looked at, the newest. */
  readonly limit: number;
  /** A difference counts if it is still there after this: a candle may be on its way to one of the sides. */
  readonly grace: Millis;
  readonly clock: Clock;
  readonly signal: StopSignal;
  /** Told of each difference, as soon as it is sure. */
  readonly onDifference?: (difference: Difference) => void;
  readonly onProgress?: (done: number, total: number) => void;
}

/** How to go on comparing. */
export interface WatchOptions extends CompareOptions {
  /** From the end of one look to the beginning of the next. */
  readonly every: Millis;
  /** Ends after this; goes on until the signal is aborted when left out. */
  readonly for?: Millis | undefined;
}

/** What a comparison came to. */
export interface CompareReport {
  /** Whether at least one candle was compared and no difference found. */
  readonly agree: boolean;
  readonly series: number;
  /** Closed candles that were compared, each once. */
  readonly candles: number;
  /** How often all series were looked at. */
  readonly looks: number;
  readonly counts: Readonly<Record<DifferenceKind, number>>;
  /** The first of them. */
  readonly differences: readonly Difference[];
  readonly redisCommands: number;
  readonly milliseconds: number;
}

/** Compares each series once. Rejects with RedisError, ClientError, or the signal's reason. */
export async function compareOnce(sides: Sides, options: CompareOptions): Promise<CompareReport> {
  const comparison = new Comparison(sides, options);
  await comparison.look();
  return comparison.report();
}

/** Compares again and again; differences are told once each. Resolves with what was found when the time or the signal ends it. */
export async function watch(sides: Sides, options: WatchOptions): Promise<CompareReport> {
  const { clock, signal, every } = options;
  const comparison = new Comparison(sides, options);
  const end = options.for === undefined ? Number.POSITIVE_INFINITY : clock.now() + options.for;
  while (!signal.aborted) {
    const isLast = clock.now() >= end;
    await comparison.look();
    if (isLast) break;
    // The last look begins when the time is over, so that all of it was seen.
    const wait = Math.max(0, Math.min(every, end - clock.now()));
    await clock.sleep(millis(wait), signal).catch(() => {});
  }
  return comparison.report();
}

class Comparison {
  readonly #sides: Sides;
  readonly #options: CompareOptions;
  readonly #began: number;
  readonly #spentBefore: number;
  readonly #found: Set<string> = new Set();
  readonly #told: Difference[] = [];
  readonly #counts: Record<DifferenceKind, number> = countsOf();
  /** The open time of the newest candle that was compared, by series. */
  readonly #newest: Map<string, number> = new Map();
  #candles = 0;
  #looks = 0;

  constructor(sides: Sides, options: CompareOptions) {
    this.#sides = sides;
    this.#options = options;
    this.#began = options.clock.now();
    this.#spentBefore = sides.redis.spent;
  }

  async look(): Promise<void> {
    const { clock, grace, signal, onProgress } = this.#options;
    const { both, redisOnly, serverOnly } = await readSeriesOfBoth(this.#sides, this.#options);
    for (const name of redisOnly) this.#add(wholeSeries("extra_series", name));
    for (const name of serverOnly) this.#add(wholeSeries("missing_series", name));
    const doubtful: SeriesName[] = [];
    const seen = new Map<string, Set<string>>();
    let done = 0;
    for (const batch of batchesOf(both)) {
      if (signal.aborted) return;
      for (const [name, { differences, candles, newest }] of await this.#compare(batch)) {
        this.#count(name, candles, newest);
        if (differences.length === 0) continue;
        doubtful.push(name);
        seen.set(idOf(name), new Set(differences.map(differenceId)));
      }
      done += batch.length;
      onProgress?.(done, both.length);
    }
    if (doubtful.length > 0) await clock.sleep(grace, signal).catch(() => {});
    for (const batch of batchesOf(doubtful)) {
      if (signal.aborted) return;
      for (const [name, { differences }] of await this.#compare(batch)) {
        const before = seen.get(idOf(name));
        for (const difference of differences) if (before?.has(differenceId(difference))) this.#add(difference);
      }
    }
    this.#looks += 1;
  }

  report(): CompareReport {
    const { clock } = this.#options;
    return {
      agree: this.#candles > 0 && this.#found.size === 0,
      series: this.#newest.size,
      candles: this.#candles,
      looks: this.#looks,
      counts: this.#counts,
      differences: this.#told,
      redisCommands: this.#sides.redis.spent - this.#spentBefore,
      milliseconds: clock.now() - this.#began,
    };
  }

  async #compare(batch: readonly SeriesName[]): Promise<[SeriesName, SeriesComparison][]> {
    const { limit } = this.#options;
    const theirs = await readSeries(this.#sides.redis, batch, { limit });
    const ours = await readServerSeries(this.#sides.server, batch, limit);
    return theirs.map((series) => [
      { symbol: series.symbol, interval: series.interval },
      compareSeries(series, ours.get(idOf(series)) ?? { klines: [], settled: false }, limit),
    ]);
  }

  /** Counts the candles that no earlier look had. */
  #count(name: SeriesName, candles: number, newest: number | undefined): void {
    const before = this.#newest.get(idOf(name));
    if (newest === undefined) return;
    this.#newest.set(idOf(name), newest);
    this.#candles +=
      before === undefined ? candles : Math.max(0, Math.min(candles, candlesBetween(name.interval, before, newest)));
  }

  #add(difference: Difference): void {
    const id = differenceId(difference);
    if (this.#found.has(id)) return;
    this.#found.add(id);
    this.#counts[difference.kind] += 1;
    if (this.#told.length < MAX_TOLD) this.#told.push(difference);
    this.#options.onDifference?.(difference);
  }
}

function wholeSeries(kind: "missing_series" | "extra_series", name: SeriesName): Difference {
  return { ...name, kind, openTime: null, detail: DIFFERENCE_KINDS[kind] };
}

function countsOf(): Record<DifferenceKind, number> {
  return Object.fromEntries(Object.keys(DIFFERENCE_KINDS).map((kind) => [kind, 0])) as Record<DifferenceKind, number>;
}
