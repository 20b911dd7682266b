import {
  emptyKline,
  type Interval,
  KLINE_COLUMNS,
  type Kline,
  openTimeOf,
  previousOpenTime,
  type Symbol,
  type SymbolInfo,
  writeRow,
} from "../core/mod.ts";
import type { MarketReader, Series } from "../store/mod.ts";
import type { DroppedSeries, MarketUpdate, SeriesUpdate } from "./messages.ts";

/** Series that are checked, and numbers that are copied, before other work of this thread gets its turn: about a millisecond. */
const SERIES_A_TURN = 1_000;
const NUMBERS_A_TURN = 200_000;

/** The series that a task reads, at a close. */
export interface WantedSeries {
  readonly symbols: readonly Symbol[];
  readonly intervals: readonly Interval[];
  readonly closeTime: number;
}

/** What the thread has of a series, and the request for which that was computed. */
interface Sent {
  readonly rewrites: number;
  /** The open time of the newest closed kline. */
  readonly last: number;
  readonly certainFrom: number;
  readonly full: boolean;
  readonly hasOlder: boolean;
  readonly certainties: number;
  readonly closeTime: number;
}

/** What a screening thread was sent of a store's series, and so what it still lacks. */
export class SentMarket {
  readonly #markets: MarketReader;
  readonly #sent: Map<Series, Sent> = new Map();
  /** The stores' lists of symbols when it was last checked which series are gone. */
  #symbols: readonly (readonly SymbolInfo[])[] = [];
  readonly #kline: Kline = emptyKline();

  constructor(markets: MarketReader) {
    this.#markets = markets;
  }

  /** For a task that looks at no market. */
  noUpdate(): MarketUpdate {
    return { ...this.#kept(), dropped: [], series: [], rows: [] };
  }

  /** What the thread lacks for a task; it counts as sent from now on. */
  async update({ symbols, intervals, closeTime }: WantedSeries): Promise<MarketUpdate> {
    const dropped = this.#dropGone();
    const series: SeriesUpdate[] = [];
    const rows: Float64Array[] = [];
    let numbers: number[] = [];
    // Of the candles that were over at the close; the one that is open now comes later.
    const endTimes = intervals.map((interval) => previousOpenTime(interval, openTimeOf(interval, closeTime + 1)));
    let seen = 0;
    for (const symbol of symbols) {
      for (const [at, interval] of intervals.entries()) {
        const one = this.#markets.series(symbol, interval);
        if (one === undefined || this.#knows(one, closeTime)) continue;
        const update = this.#updateOf(one, closeTime, endTimes[at] as number, numbers);
        if (update !== undefined) series.push(update);
        seen += 1;
        if (seen < SERIES_A_TURN && numbers.length < NUMBERS_A_TURN) continue;
        if (numbers.length > 0) rows.push(new Float64Array(numbers));
        numbers = [];
        seen = 0;
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    }
    if (numbers.length > 0) rows.push(new Float64Array(numbers));
    return { ...this.#kept(), dropped, series, rows };
  }

  #kept(): Pick<MarketUpdate, "capacity" | "intervals"> {
    const { capacity, intervals } = this.#markets;
    return { capacity, intervals };
  }

  /**
   * Forgets the series that the store doesn't hold any more. Returns those that the thread still has: where a new series of the same name
   * was sent, it has taken the place of the old one.
   */
  #dropGone(): DroppedSeries[] {
    const symbols = this.#markets.stores.map((store) => store.symbols());
    if (symbols.every((list, at) => list === this.#symbols[at])) return [];
    this.#symbols = symbols;
    const dropped: DroppedSeries[] = [];
    for (const series of this.#sent.keys()) {
      const { symbol, interval } = series;
      const present = this.#markets.series(symbol, interval);
      if (present === series) continue;
      this.#sent.delete(series);
      if (present === undefined || !this.#sent.has(present)) dropped.push({ symbol, interval });
    }
    return dropped;
  }

  /** Whether nothing of a series changed since it was sent for the same close, as after another filter's turn at it. */
  #knows(series: Series, closeTime: number): boolean {
    const sent = this.#sent.get(series);
    return sent?.certainties === series.certainties && sent.closeTime === closeTime;
  }

  #updateOf(series: Series, closeTime: number, endTime: number, numbers: number[]): SeriesUpdate | undefined {
    const { ring, rewrites, certainties, symbol, interval } = series;
    const sent = this.#sent.get(series);
    const afresh = sent?.rewrites !== rewrites;
    const certainFrom = certainSince(series, endTime);
    // The exchange is asked for so many klines: the ring has room for more, which isn't always used.
    const full = ring.length >= this.#markets.capacity;
    const hasOlder = series.mayHaveOlder;
    const before = numbers.length;
    let last = afresh ? Number.NEGATIVE_INFINITY : sent.last;
    for (let position = afresh ? 0 : ring.position(last + 1); position < ring.length; position += 1) {
      if (!ring.isClosedAt(position)) continue;
      const one = ring.read(position, this.#kline);
      last = one.openTime;
      writeRow(one, numbers, numbers.length);
    }
    const klines = (numbers.length - before) / KLINE_COLUMNS.length;
    this.#sent.set(series, { rewrites, last, certainFrom, full, hasOlder, certainties, closeTime });
    const isSame = sent?.certainFrom === certainFrom && sent.full === full && sent.hasOlder === hasOlder;
    if (!afresh && klines === 0 && isSame) return undefined;
    return { symbol, interval, afresh, klines, keep: ring.capacity, certainFrom, full, hasOlder };
  }
}

/** Since when a series is certain up to `endTime`, as {@link SeriesUpdate} says it. */
function certainSince(series: Series, endTime: number): number {
  const { ring } = series;
  const klines = ring.position(endTime + 1);
  const isCertain = (limit: number): boolean => series.select({ limit, endTime, closedOnly: true }).settled;
  if (klines === 0) return Number.POSITIVE_INFINITY;
  if (isCertain(klines)) return Number.NEGATIVE_INFINITY;
  // The more klines, the more may be in doubt.
  let [certain, doubtful] = [0, klines];
  while (doubtful - certain > 1) {
    const middle = (certain + doubtful) >>> 1;
    if (isCertain(middle)) certain = middle;
    else doubtful = middle;
  }
  return certain === 0 ? Number.POSITIVE_INFINITY : ring.openTimeAt(klines - certain);
}
