import type { Interval } from "../../core/mod.ts";
import type { Memory } from "../memory.ts";
import type { IndicatorDrawing } from "./drawing.ts";

/** The columns of klines that indicators read, oldest first and equally long. None is written to. */
export interface PriceColumns {
  readonly openTime: Float64Array;
  readonly open: Float64Array;
  readonly high: Float64Array;
  readonly low: Float64Array;
  readonly close: Float64Array;
  readonly volume: Float64Array;
}

/** A number that an indicator is tuned by. A period counts klines and is whole; a factor is any positive number. */
export interface IndicatorParameter {
  readonly name: string;
  readonly kind: "period" | "factor";
  /** What it is when the filter doesn't say. */
  readonly fallback: number;
  /** What the documentation says of the fallback, where that isn't a number that a filter may give. */
  readonly fallbackText?: string;
}

/** What all indicators have in common. */
interface IndicatorFacts {
  readonly name: string;
  readonly parameters: readonly IndicatorParameter[];
  /** The names of its columns; one that is called `value` is given as it is, several as an object. */
  readonly outputs: readonly string[];
  readonly drawn: IndicatorDrawing;
  /** How many values at the start of each output are NaN, if the input has none: a longer input has numbers from there on. */
  readonly warmUp: (...parameters: number[]) => readonly number[];
  /**
   * How far back each output looks, where that is further than its warm-up: for averages that never quite forget, and for what begins
   * anew with each day. The interval is the klines'.
   */
  readonly memory?: (parameters: readonly number[], interval: Interval | undefined) => readonly Memory[];
}

/** Reads one column. NaNs that it starts with, the warm-up of another indicator, are passed over and make its own longer. */
export interface ColumnIndicator extends IndicatorFacts {
  readonly reads: "column";
  readonly compute: (values: Float64Array, ...parameters: number[]) => readonly Float64Array[];
}

/** Compares two columns of the same length. */
export interface PairIndicator extends IndicatorFacts {
  readonly reads: "pair";
  readonly compute: (first: Float64Array, second: Float64Array, ...parameters: number[]) => readonly Float64Array[];
}

/** Reads klines. */
export interface KlineIndicator extends IndicatorFacts {
  readonly reads: "klines";
  /** Whether klines that have older ones before them reach back far enough; they do where it isn't said. */
  readonly reaches?: (klines: PriceColumns, ...parameters: number[]) => boolean;
  readonly compute: (klines: PriceColumns, ...parameters: number[]) => readonly Float64Array[];
}

/**
 * A pure function from columns to columns of the same length. The value at a position follows from the inputs up to that
 * position alone, so there is no look-ahead, and a prefix of the input gives the same prefix of the output.
 */
export type Indicator = ColumnIndicator | PairIndicator | KlineIndicator;

/** A whole number of klines. */
export function period(fallback: number, name = "period"): IndicatorParameter {
  return { name, kind: "period", fallback };
}

/** A positive factor. */
export function factor(fallback: number, name = "factor"): IndicatorParameter {
  return { name, kind: "factor", fallback };
}

/** A column of NaN, to be filled from where the warm-up ends. */
export function unknown(length: number): Float64Array {
  return new Float64Array(length).fill(Number.NaN);
}

/** The position of the first value that is a number; the length if none is. */
export function firstNumber(values: Float64Array): number {
  let position = 0;
  while (position < values.length && Number.isNaN(values[position])) position += 1;
  return position;
}
