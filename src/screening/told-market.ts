import {
  assert,
  emptyKline,
  type Interval,
  type Kline,
  openTimeOf,
  previousOpenTime,
  type Symbol,
} from "../core/mod.ts";
import type { MarketStore, Series } from "../store/mod.ts";
import { type MarketNews, ROW_NUMBERS, type SeriesNews } from "./messages.ts";

/** Series that are looked at, and numbers that are copied, before other work of this thread gets its turn: about a millisecond. */
const SERIES_A_TURN = 1_000;
const NUMBERS_A_TURN = 200_000;

/** Which part of the market a task is about. */
export interface Wanted {
  readonly symbols: readonly Symbol[];
  readonly intervals: readonly Interval[];
  readonly closeTime: number;
  /** Klines of each series up to that close which must be certain, or be told as not. */
  readonly depth: number;
}

/** What the thread has of a series, and what that was found out for. */
interface Told {
  readonly rewrites: number;
  /** The open time of the newest closed kline. */
  readonly last: number;
  readonly settled: boolean;
  readonly full: boolean;
  readonly certainties: number;
  readonly closeTime: number;
  readonly depth: number;
}

/** What a screening thread was told of a store's series, and so what it still has to be told. */
export class ToldMarket {
  readonly #store: MarketStore;
  readonly #told: WeakMap<Series, Told> = new WeakMap();
  readonly #kline: Kline = emptyKline();

  constructor(store: MarketStore) {
    this.#store = store;
  }

  /** What the thread doesn't have of what a task is about; it counts as told from now on. */
  async news({ symbols, intervals, closeTime, depth }: Wanted): Promise<MarketNews> {
    const series: SeriesNews[] = [];
    const rows: Float64Array[] = [];
    let numbers: number[] = [];
    // Of the candles that were over at the close; the one that is open now comes later.
    const endTimes = intervals.map((interval) => previousOpenTime(interval, openTimeOf(interval, closeTime + 1)));
    let seen = 0;
    for (const symbol of symbols) {
      for (const [at, interval] of intervals.entries()) {
        const one = this.#store.series(symbol, interval);
        if (one === undefined || this.#knows(one, closeTime, depth)) continue;
        const news = this.#newsOf(one, closeTime, depth, endTimes[at] as number, numbers);
        if (news !== undefined) series.push(news);
        seen += 1;
        if (seen < SERIES_A_TURN && numbers.length < NUMBERS_A_TURN) continue;
        if (numbers.length > 0) rows.push(new Float64Array(numbers));
        numbers = [];
        seen = 0;
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    }
    if (numbers.length > 0) rows.push(new Float64Array(numbers));
    return { series, rows };
  }

  /** Whether nothing of a series moved since the thread was told for this very close, as after another filter's turn at it. */
  #knows(series: Series, closeTime: number, depth: number): boolean {
    const told = this.#told.get(series);
    return told?.certainties === series.certainties && told.closeTime === closeTime && told.depth === depth;
  }

  #newsOf(
    series: Series,
    closeTime: number,
    depth: number,
    endTime: number,
    numbers: number[],
  ): SeriesNews | undefined {
    const { ring, rewrites, certainties, symbol, interval } = series;
    const told = this.#told.get(series);
    const afresh = told?.rewrites !== rewrites;
    const limit = Math.min(depth, ring.position(endTime + 1));
    const settled = limit > 0 && series.select({ limit, endTime, closedOnly: true }).settled;
    const full = ring.length >= ring.capacity;
    const before = numbers.length;
    let last = afresh ? Number.NEGATIVE_INFINITY : told.last;
    for (let position = afresh ? 0 : ring.position(last + 1); position < ring.length; position += 1) {
      if (!ring.isClosedAt(position)) continue;
      const one = ring.read(position, this.#kline);
      last = one.openTime;
      numbers.push(one.openTime, one.open, one.high, one.low, one.close, one.volume, one.closeTime, one.quoteVolume);
      numbers.push(one.trades, one.takerBuyVolume, one.takerBuyQuoteVolume);
    }
    const klines = (numbers.length - before) / ROW_NUMBERS;
    assert(Number.isInteger(klines), "a kline has the columns that the screening thread expects");
    this.#told.set(series, { rewrites, last, settled, full, certainties, closeTime, depth });
    if (!afresh && klines === 0 && told.settled === settled && told.full === full) return undefined;
    return { symbol, interval, afresh, klines, keep: ring.capacity, settled, full };
  }
}
