import type { Interval } from "../../core/mod.ts";
import type { Column, ColumnSource, Indicator } from "../../strategy/mod.ts";

/** What an expression of a filter is, as far as its code shows without being run. */
export type Value =
  | { readonly kind: "unknown" }
  /** `value` where it is written out. */
  | { readonly kind: "number"; readonly value?: number }
  | { readonly kind: "text"; readonly value?: string }
  /** `source` and `column`, if known: where its values come from. Both are empty here. `isCrossing`: its values are 1 for yes and 0 for no. */
  | { readonly kind: "candles"; readonly source?: ColumnSource }
  | { readonly kind: "column"; readonly column?: Column; readonly isCrossing?: boolean }
  /** The columns of an indicator with several outputs, in their order. */
  | { readonly kind: "outputs"; readonly indicator: Indicator; readonly columns?: readonly Column[] }
  /** An array of klines as objects; `source` where it is all of an interval's. */
  | { readonly kind: "rows"; readonly source?: ColumnSource }
  | { readonly kind: "row" }
  | { readonly kind: "ticker" }
  | { readonly kind: "timeframes" }
  | { readonly kind: "helpers" }
  /** One of the helpers, by its name. */
  | { readonly kind: "helper"; readonly name: string }
  /** A method of one of these, whose call gives back this. `indexes`: it takes the index of one of the klines of this interval. */
  | { readonly kind: "method"; readonly returns: Value; readonly indexes?: Interval | undefined };

export const UNKNOWN: Value = { kind: "unknown" };
export const NUMBER: Value = { kind: "number" };
export const TEXT: Value = { kind: "text" };

/** What a message calls a value that is no plain one; undefined for what may be any. */
export function kindInWords(value: Value): string | undefined {
  switch (value.kind) {
    case "column":
      return "a column";
    case "candles":
      return "candles";
    case "outputs":
      return `an object with the columns ${value.indicator.outputs.join(", ")}`;
    case "rows":
      return "an array of klines";
    case "row":
      return "a kline";
    case "ticker":
      return "the ticker";
    case "timeframes":
      return "an object with an array for each interval";
    default:
      return undefined;
  }
}
