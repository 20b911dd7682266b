import { KLINE_COLUMNS, type Kline, type KlineColumn } from "./kline.ts";

/** Below this, doubles lie less than 1e-8 apart: each amount of 8 decimals has one of its own, and sums of them are exact. */
const EXACT_BELOW = 2 ** 26;

/**
 * How far two sums of the same amounts may lie apart, as a share of the larger. Each rounding to a double moves a figure by half
 * of `Number.EPSILON` of it at most. There are eight on the way to a month: minute, hour, day and month are each rounded when
 * they are written, the first three again when their decimals are read, and so is the exchange's own figure.
 */
const APART = 4 * Number.EPSILON;

/** The columns that are sums of what was traded. */
const AMOUNTS: ReadonlySet<KlineColumn> = new Set(["volume", "quoteVolume", "takerBuyVolume", "takerBuyQuoteVolume"]);

/**
 * Whether two figures of one closed candle are the same. Amounts that a double can't hold to 8 decimals may differ by what
 * rounding does to a sum of them; all other figures must be equal. Two unknown ones (NaN) are.
 */
export function isSameFigure(column: KlineColumn, a: number, b: number): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  const larger = Math.max(a, b);
  return larger >= EXACT_BELOW && Math.abs(a - b) <= APART * larger && AMOUNTS.has(column);
}

/** The columns in which two closed candles of one open time differ, see {@link isSameFigure}. */
export function differingColumns(a: Readonly<Kline>, b: Readonly<Kline>): readonly KlineColumn[] {
  return KLINE_COLUMNS.filter((column) => !isSameFigure(column, a[column], b[column]));
}

/** The columns in which two closed candles of one open time contradict each other: a figure that isn't known contradicts none. */
export function contradictingColumns(a: Readonly<Kline>, b: Readonly<Kline>): readonly KlineColumn[] {
  return differingColumns(a, b).filter((column) => !Number.isNaN(a[column]) && !Number.isNaN(b[column]));
}
