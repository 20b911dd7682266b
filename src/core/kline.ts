import type { UnixMs } from "./time.ts";

/**
 * One candle. Times are Unix milliseconds UTC, `closeTime` inclusive; prices are in the quote asset, `volume` and
 * `takerBuyVolume` in the base asset, `quoteVolume` and `takerBuyQuoteVolume` in the quote asset; `trades` is a count. A figure
 * of {@link OPTIONAL_COLUMNS} that its market or recording doesn't have is NaN. `closed` is true once the exchange called it final; nothing
 * but a restatement by the exchange changes it after that, or a figure that was unknown and becomes known.
 */
export interface Kline {
  openTime: UnixMs;
  open: number;
  high: number;
  low: number;
  close: number;
  volume: number;
  closeTime: UnixMs;
  quoteVolume: number;
  trades: number;
  takerBuyVolume: number;
  takerBuyQuoteVolume: number;
  closed: boolean;
}

/** The numeric columns of a kline in the exchange's own order, which is also the order of JSON rows. */
export const KLINE_COLUMNS = [
  "openTime",
  "open",
  "high",
  "low",
  "close",
  "volume",
  "closeTime",
  "quoteVolume",
  "trades",
  "takerBuyVolume",
  "takerBuyQuoteVolume",
] as const;

/** One of {@link KLINE_COLUMNS}. */
export type KlineColumn = (typeof KLINE_COLUMNS)[number];

/** A kline of zeros, for code that fills one object again and again instead of making new ones. */
export function emptyKline(): Kline {
  return {
    openTime: 0 as UnixMs,
    open: 0,
    high: 0,
    low: 0,
    close: 0,
    volume: 0,
    closeTime: 0 as UnixMs,
    quoteVolume: 0,
    trades: 0,
    takerBuyVolume: 0,
    takerBuyQuoteVolume: 0,
    closed: false,
  };
}

/** Copies all members of a kline into another one, and returns that. */
export function copyKline(from: Readonly<Kline>, into: Kline): Kline {
  // Written out, as writeRow is.
  into.openTime = from.openTime;
  into.open = from.open;
  into.high = from.high;
  into.low = from.low;
  into.close = from.close;
  into.volume = from.volume;
  into.closeTime = from.closeTime;
  into.quoteVolume = from.quoteVolume;
  into.trades = from.trades;
  into.takerBuyVolume = from.takerBuyVolume;
  into.takerBuyQuoteVolume = from.takerBuyQuoteVolume;
  into.closed = from.closed;
  return into;
}

/** Numbers in columns: a row's column `n` is at `at + n * step`. */
export interface Cells {
  [index: number]: number;
}

/** Writes a kline's columns in the order of {@link KLINE_COLUMNS}, `step` cells apart. Whether it is closed isn't a column. */
export function writeRow(kline: Readonly<Kline>, into: Cells, at: number, step = 1): void {
  // Written out: it runs for each kline that is kept or copied.
  into[at] = kline.openTime;
  into[at + step] = kline.open;
  into[at + 2 * step] = kline.high;
  into[at + 3 * step] = kline.low;
  into[at + 4 * step] = kline.close;
  into[at + 5 * step] = kline.volume;
  into[at + 6 * step] = kline.closeTime;
  into[at + 7 * step] = kline.quoteVolume;
  into[at + 8 * step] = kline.trades;
  into[at + 9 * step] = kline.takerBuyVolume;
  into[at + 10 * step] = kline.takerBuyQuoteVolume;
}

/** Reads what {@link writeRow} wrote into a kline, and returns that; `closed` stays as it is. */
export function readRow(from: Readonly<Cells>, at: number, step: number, into: Kline): Kline {
  into.openTime = from[at] as UnixMs;
  into.open = from[at + step] as number;
  into.high = from[at + 2 * step] as number;
  into.low = from[at + 3 * step] as number;
  into.close = from[at + 4 * step] as number;
  into.volume = from[at + 5 * step] as number;
  into.closeTime = from[at + 6 * step] as UnixMs;
  into.quoteVolume = from[at + 7 * step] as number;
  into.trades = from[at + 8 * step] as number;
  into.takerBuyVolume = from[at + 9 * step] as number;
  into.takerBuyQuoteVolume = from[at + 10 * step] as number;
  return into;
}

/** The largest price that is believed: a token of a billionth of a cent counts in 1e11 of a currency, not more. */
const MAX_PRICE = 1e15;

/** The largest amount that is believed: months of the cheapest tokens come to 1e17. Sums of these stay finite. */
const MAX_AMOUNT = 1e20;

/** The smallest figure above zero: the finest unit of any chain is 1e-18. */
const SMALLEST = 1e-18;

/**
 * The columns that some exchanges don't send, or some recordings don't have. There they are unknown, which is NaN, and null on the wire; a
 * sum with one of them is unknown, too.
 */
export const OPTIONAL_COLUMNS = ["quoteVolume", "trades", "takerBuyVolume", "takerBuyQuoteVolume"] as const;

/** One of {@link OPTIONAL_COLUMNS}. */
export type OptionalColumn = (typeof OPTIONAL_COLUMNS)[number];

/** All of {@link OPTIONAL_COLUMNS}, for where any of them may be unknown, whatever the market sends. */
export const ANY_UNKNOWN: ReadonlySet<OptionalColumn> = new Set(OPTIONAL_COLUMNS);

/**
 * What is wrong with a kline that came from outside, or undefined if it can be one. Keeps NaN and nonsense at the border: only the
 * columns that may be unknown (`unknown`) may be NaN.
 */
export function klineFault(kline: Kline, unknown?: ReadonlySet<OptionalColumn>): KlineFault | undefined {
  const { openTime, open, high, low, close, volume, closeTime } = kline;
  const quoteVolume = given(kline, "quoteVolume", unknown);
  const trades = given(kline, "trades", unknown);
  const takerBuyVolume = given(kline, "takerBuyVolume", unknown);
  const takerBuyQuoteVolume = given(kline, "takerBuyQuoteVolume", unknown);
  // A sum is finite only if all that is added is: one test for the rule, and the exact ones for the exception.
  const sum = open + high + low + close + volume + quoteVolume + trades + takerBuyVolume + takerBuyQuoteVolume;
  if (!Number.isFinite(sum + openTime + closeTime)) {
    const figures = [openTime, open, high, low, close, volume, closeTime, quoteVolume, trades, takerBuyVolume];
    return [...figures, takerBuyQuoteVolume].every(Number.isFinite) ? "out_of_bounds" : "not_a_number";
  }
  // Equal is possible: a candle of 2017-09-06 whose trading halted at its open says so.
  if (closeTime < openTime) return "closes_before_it_opens";
  if (!(low > 0)) return "price_not_positive";
  if (high < low || high < open || high < close) return "high_is_not_highest";
  if (low > open || low > close) return "low_is_not_lowest";
  if (volume < 0 || quoteVolume < 0 || trades < 0) return "negative_amount";
  if (takerBuyVolume < 0 || takerBuyQuoteVolume < 0) return "negative_amount";
  if (!Number.isSafeInteger(trades) || Object.is(trades, -0)) return "not_a_count";
  if (!isPrice(high) || !isPrice(low) || !isAmount(volume) || !isAmount(quoteVolume)) return "out_of_bounds";
  return isAmount(takerBuyVolume) && isAmount(takerBuyQuoteVolume) ? undefined : "out_of_bounds";
}

/** A figure of a column that may be unknown: 0 where it rightly is. */
function given(kline: Kline, column: OptionalColumn, unknown: ReadonlySet<OptionalColumn> | undefined): number {
  const figure = kline[column];
  return unknown !== undefined && Number.isNaN(figure) && unknown.has(column) ? 0 : figure;
}

/** Whether an amount can be meant: zero, or neither vanishingly small nor beyond all that is traded. */
export function isAmount(value: number): boolean {
  return value === 0 || (value >= SMALLEST && value <= MAX_AMOUNT);
}

/** Whether a price can be meant. */
export function isPrice(value: number): boolean {
  return value >= SMALLEST && value <= MAX_PRICE;
}

/** The reasons for which {@link klineFault} refuses a kline; also the label values of the reader's counters. */
export type KlineFault =
  | "not_a_number"
  | "closes_before_it_opens"
  | "price_not_positive"
  | "high_is_not_highest"
  | "low_is_not_lowest"
  | "negative_amount"
  /** A number of trades that isn't a whole one. */
  | "not_a_count"
  /** A figure beyond all that is traded, or vanishingly small. */
  | "out_of_bounds";
