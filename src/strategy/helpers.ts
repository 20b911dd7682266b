import type { Argument, Calculator } from "./calculator.ts";
import { ownColumn } from "./column.ts";
import { bollinger } from "./indicators/bollinger.ts";
import type { Indicator } from "./indicators/indicator.ts";
import { rsi } from "./indicators/rsi.ts";
import { sma } from "./indicators/sma.ts";

/** What a helper gives back: plain values, so that an engine can hand them to a filter in any world. */
export type HelperAnswer =
  | number
  | null
  | readonly (number | null)[]
  | { readonly upper: number | null; readonly middle: number | null; readonly lower: number | null };

/** A helper reads one number of each kline of an array, or an array of numbers. */
export interface Helper {
  readonly name: string;
  readonly reads: "close" | "volume";
  readonly usage: string;
  /** What it computes of these numbers. */
  readonly indicator: Indicator;
  /** What it gives back of the indicator's outputs. */
  readonly answer: (...outputs: readonly (Float64Array | undefined)[]) => HelperAnswer;
}

/**
 * The helpers of Vyx's predecessor, whose filters read arrays of klines, oldest first. Where klines are too few the answer
 * is null, as it was there, and the filter decides.
 */
export const HELPERS: readonly Helper[] = [
  {
    name: "calculateMA",
    reads: "close",
    usage: "calculateMA(klines, period = 20): the latest simple moving average",
    indicator: sma,
    answer: last,
  },
  {
    name: "calculateVolumeMA",
    reads: "volume",
    usage: "calculateVolumeMA(klines, period = 20): the latest mean volume",
    indicator: sma,
    answer: last,
  },
  {
    name: "calculateRSI",
    reads: "close",
    usage:
      "calculateRSI(klines, period = 14): Wilder's RSI of each kline, with null during the warm-up; null if there are too few klines",
    indicator: rsi,
    answer: (values) => (last(values) === null ? null : Array.from(values ?? [], orNull)),
  },
  {
    name: "getLatestRSI",
    reads: "close",
    usage: "getLatestRSI(klines, period = 14): the latest RSI",
    indicator: rsi,
    answer: last,
  },
  {
    name: "getLatestBollingerBands",
    reads: "close",
    usage:
      "getLatestBollingerBands(klines, period = 20, factor = 2): {upper, middle, lower}, each null if there are too few klines",
    indicator: bollinger,
    answer: (upper, middle, lower) => ({ upper: last(upper), middle: last(middle), lower: last(lower) }),
  },
];

/** What a helper gives back to a filter. Throws {@link FilterMistake} for parameters that its indicator doesn't take. */
export function helperAnswer(
  { indicator, answer }: Helper,
  calculator: Calculator,
  numbers: Float64Array,
  parameters: readonly Argument[],
): HelperAnswer {
  const column = { kind: "column", column: ownColumn(numbers) } as const;
  return answer(...calculator.call(indicator, [column, ...parameters]).map(({ values }) => values));
}

function last(values: Float64Array | undefined): number | null {
  return orNull(values?.at(-1) ?? Number.NaN);
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
