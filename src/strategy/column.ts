import type { Interval } from "../core/mod.ts";
import { firstNumber } from "./indicators/indicator.ts";
import type { ClosedKlines } from "./kline-window.ts";

/** Where a column comes from: the klines of one series at a moment. */
export interface ColumnSource {
  readonly interval: Interval;
  readonly klines: ClosedKlines;
}

/** A column with its origin. Values are never written to. */
export interface Column {
  readonly values: Float64Array;
  /** How it came about, such as `rsi(1h.close,14)`: within its source, the same words are the same values. */
  readonly expression: string;
  /** Undefined for numbers that the filter put together itself. */
  readonly source: ColumnSource | undefined;
  /** How many values at its start are NaN, however many there are. */
  readonly warmUp: number;
}

/** A column of numbers that the filter put together itself. */
export function ownColumn(numbers: Float64Array): Column {
  return { values: numbers, expression: "[…]", source: undefined, warmUp: firstNumber(numbers) };
}
