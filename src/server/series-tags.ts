import { KLINE_COLUMNS } from "../core/mod.ts";
import type { KlineSelection, Series } from "../store/mod.ts";
import type { KlineParameters } from "./parameters.ts";

/** Selections of one series whose hash is kept; past it, the oldest goes. About 100 bytes each. */
const MAX_KEPT_PER_SERIES = 4;

/** Numbers about a selection that are hashed beside its klines. */
const FACTS = 4;

/** Klines that are hashed in one job of the event loop, and how many a series whose hash is kept counts as: a few tenths of a millisecond. */
export const KLINES_PER_JOB = 5_000;
const LEAST_KLINES_COUNTED = 20;

/** The hash of a selection's klines up to the last closed one, and what it was made from. */
interface Kept {
  readonly certainties: number;
  /** The first kline's number, counted from the first that the ring ever had. */
  readonly number: number;
  readonly count: number;
  readonly hash: bigint;
}

/**
 * What moves whenever the answer changes that a series gives: without its open candle, that is only when something closes or
 * becomes certain or uncertain.
 */
export function revisionOf({ version, certainties }: Series, closedOnly: boolean): number {
  return closedOnly ? certainties : version;
}

/**
 * Entity tags of klines: hashes of the klines themselves, so that all servers, and one server before and after a restart, have the same
 * tag for the same answer. All tags are weak: the same klines may be sent in several encodings.
 *
 * The hash of the closed klines is kept until one of them changes, about once an interval. What is left to do for a request is the
 * open kline. The hash doesn't depend on where the klines lie in the ring.
 */
export class SeriesTags {
  readonly #names: WeakMap<Series, bigint> = new WeakMap();
  /** By limit and bounds. */
  readonly #kept: WeakMap<Series, Map<string, Kept>> = new WeakMap();
  #cells: Float64Array = new Float64Array(0);
  readonly #facts: Float64Array = new Float64Array(FACTS);
  /** How much was hashed since the start. */
  #hashedKlines = 0;

  /** The tag of klines of several series, in this order, or of one. `form`: the format of the body. */
  of(series: readonly Series[], query: KlineParameters, form: string): string {
    const hashes = new BigUint64Array(series.length);
    for (const [index, one] of series.entries()) hashes[index] = this.#hash(one, query);
    return tagOf(hashes, form);
  }

  /**
   * The same, in small jobs that `run` runs one after another. Each series counts as it is when its job runs: where one moves meanwhile, no
   * later tag is the same.
   */
  async inJobs(
    series: readonly Series[],
    query: KlineParameters,
    form: string,
    run: (job: () => void) => Promise<void>,
  ): Promise<string> {
    const hashes = new BigUint64Array(series.length);
    let next = 0;
    const job = (): void => {
      const most = this.#hashedKlines + KLINES_PER_JOB;
      for (; next < series.length && this.#hashedKlines < most; next += 1) {
        hashes[next] = this.#hash(series[next] as Series, query);
        this.#hashedKlines += LEAST_KLINES_COUNTED;
      }
    };
    while (next < series.length) await run(job);
    return tagOf(hashes, form);
  }

  #hash(series: Series, query: KlineParameters): bigint {
    const { ring } = series;
    const selection = series.select(query);
    const { first, end, complete, settled } = selection;
    let closedEnd = end;
    while (closedEnd > first && !ring.isClosedAt(closedEnd - 1)) closedEnd -= 1;
    const closed = this.#closedHash(series, query.shape, { first, end: closedEnd });
    const facts = this.#facts;
    facts[0] = end - first;
    facts[1] = closedEnd - first;
    facts[2] = complete ? 1 : 0;
    facts[3] = settled ? 1 : 0;
    const seed = Bun.hash(facts, closed) as bigint;
    return end === closedEnd ? seed : this.#cellsHash(series, { first: closedEnd, end }, seed);
  }

  #closedHash(series: Series, shape: string, selection: Pick<KlineSelection, "first" | "end">): bigint {
    const { certainties, ring } = series;
    const number = ring.forgotten + selection.first;
    const count = selection.end - selection.first;
    const ofSeries = this.#kept.get(series) ?? new Map<string, Kept>();
    const kept = ofSeries.get(shape);
    if (kept?.certainties === certainties && kept.number === number && kept.count === count) return kept.hash;
    let hash = this.#cellsHash(series, selection, this.#nameHash(series));
    // A kline that lost its close is open among closed ones.
    for (let position = selection.first; position < selection.end; position += 1) {
      if (!ring.isClosedAt(position)) hash = Bun.hash(String(position - selection.first), hash) as bigint;
    }
    this.#kept.set(series, ofSeries);
    ofSeries.delete(shape);
    ofSeries.set(shape, { certainties, number, count, hash });
    const [oldest] = ofSeries.keys();
    if (ofSeries.size > MAX_KEPT_PER_SERIES && oldest !== undefined) ofSeries.delete(oldest);
    return hash;
  }

  #cellsHash({ ring }: Series, { first, end }: Pick<KlineSelection, "first" | "end">, seed: bigint): bigint {
    const size = (end - first) * KLINE_COLUMNS.length;
    this.#hashedKlines += end - first;
    if (this.#cells.length < size) this.#cells = new Float64Array(size);
    ring.copyColumns(first, end, this.#cells);
    return Bun.hash(this.#cells.subarray(0, size), seed) as bigint;
  }

  #nameHash(series: Series): bigint {
    const known = this.#names.get(series);
    if (known !== undefined) return known;
    const hash = Bun.hash(`${series.symbol} ${series.interval}`) as bigint;
    this.#names.set(series, hash);
    return hash;
  }
}

function tagOf(hashes: BigUint64Array, form: string): string {
  const hash = Bun.hash(hashes, Bun.hash(form) as bigint) as bigint;
  return `W/"${hash.toString(36)}"`;
}
