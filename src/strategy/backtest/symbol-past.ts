import {
  emptyKline,
  type Interval,
  type Kline,
  MARKET_TABLE,
  marketOf,
  type OpenTimeRange,
  type PastBlock,
  type PastSymbol,
  type Symbol,
} from "../../core/mod.ts";
import type { ClosedSeries } from "../closed-series.ts";
import type { ClosedKlines } from "../kline-window.ts";
import type { MarketView } from "../market-view.ts";
import { MinuteFold } from "./minute-fold.ts";

const MINUTE_MS = 60_000;

/** What is known of a symbol's past before its klines are read. */
export interface SymbolPast extends PastSymbol {
  /** Where, within what is read, nothing is missing: open times of minutes, oldest first and apart from each other. */
  readonly settled: readonly OpenTimeRange[];
}

/** How a symbol's past is read. */
export interface PastReading {
  /** The intervals that are folded, and how many closed klines of each are kept. */
  readonly keep: ReadonlyMap<Interval, number>;
  /** The open time of the first minute that is read. */
  readonly from: number;
  /** How many closed klines of a series a server keeps. */
  readonly capacity: number;
}

/**
 * One symbol's market as it was: filled minute by minute, and asked about the moment that it has reached. It answers as a server did at
 * that moment that had kept `capacity` klines. Where the past doesn't reach back as far as such a server saw, nothing is settled.
 */
export class SymbolPastView implements MarketView {
  readonly capacity: number;
  readonly intervals: readonly Interval[];
  readonly #past: SymbolPast;
  readonly #folds: ReadonlyMap<Interval, MinuteFold>;
  readonly #all: readonly MinuteFold[];
  readonly #minute: Kline = { ...emptyKline(), closed: true };
  #range = 0;
  #certainFrom = Number.POSITIVE_INFINITY;
  #beginsHere: boolean | undefined;

  constructor(past: SymbolPast, { keep, from, capacity }: PastReading) {
    this.#past = past;
    this.capacity = capacity;
    this.intervals = [...keep.keys()];
    const closesEarly = MARKET_TABLE[marketOf(past.symbol)].closesEarly === true;
    const folds = [...keep].map(([interval, most]): [Interval, MinuteFold] => [
      interval,
      new MinuteFold({ interval, keep: most, from, closesEarly }),
    ]);
    this.#folds = new Map(folds);
    this.#all = folds.map(([, fold]) => fold);
  }

  /** The symbol's own fold of an interval. */
  fold(interval: Interval): MinuteFold {
    return this.#folds.get(interval) as MinuteFold;
  }

  /** Takes the minutes of a block from `row` on that open before the moment. Gives back the row after them. */
  take({ length, columns }: PastBlock, row: number, before: number): number {
    const { openTime, open, high, low, close, volume, closeTime, quoteVolume, trades } = columns;
    const { takerBuyVolume, takerBuyQuoteVolume } = columns;
    const minute = this.#minute;
    let at = row;
    for (; at < length && (openTime[at] as number) < before; at += 1) {
      minute.openTime = openTime[at] as Kline["openTime"];
      minute.open = open[at] as number;
      minute.high = high[at] as number;
      minute.low = low[at] as number;
      minute.close = close[at] as number;
      minute.volume = volume[at] as number;
      minute.closeTime = closeTime[at] as Kline["closeTime"];
      minute.quoteVolume = quoteVolume[at] as number;
      minute.trades = trades[at] as number;
      minute.takerBuyVolume = takerBuyVolume[at] as number;
      minute.takerBuyQuoteVolume = takerBuyQuoteVolume[at] as number;
      this.#beginsHere ??= this.#isBeginning(minute.openTime);
      for (const fold of this.#all) fold.add(minute);
    }
    return at;
  }

  /** All minutes before the moment were taken. */
  reach(moment: number): void {
    for (const fold of this.#all) fold.endBy(moment);
    const last = moment - MINUTE_MS;
    const { settled } = this.#past;
    while (this.#range < settled.length && (settled[this.#range] as OpenTimeRange).to < last) this.#range += 1;
    const range = settled[this.#range];
    this.#certainFrom = range !== undefined && range.from <= last ? range.from : Number.POSITIVE_INFINITY;
  }

  /** Whether nothing is missing from an open time up to the moment that was reached. */
  isCertainSince(openTime: number): boolean {
    return openTime >= this.#certainFrom;
  }

  symbols(): readonly Symbol[] {
    return [this.#past.symbol];
  }

  closed(_symbol: Symbol, interval: Interval, moment: number, most: number): ClosedKlines | undefined {
    const series: ClosedSeries | undefined = this.#folds.get(interval)?.series;
    const hasOlder = this.#beginsHere !== true;
    return series?.window(moment, most, { full: hasOlder, hasOlder }, (klines, first) => {
      // A server that kept older ones saw a full window, or all that there was.
      if (klines < most && hasOlder) return false;
      return this.isCertainSince(first);
    });
  }

  ticker(): undefined {
    return undefined;
  }

  /** Whether it is known that the exchange has no kline before this one. */
  #isBeginning(openTime: number): boolean {
    const { span, settled } = this.#past;
    const before = openTime - MINUTE_MS;
    return span.from >= openTime && settled.some(({ from, to }) => from <= before && to >= before);
  }
}
