import type { Interval } from "../../src/core/mod.ts";

/** How a column's figures are written. */
export type ColumnFormat = "change" | "percent" | "times" | "index" | "price" | "amount" | "mark";

/** The series that a column reads, as far as its code goes. */
export interface ColumnSource {
  /** The variable that holds the series' candles, such as `h1`. */
  readonly candles: string;
  /** How many candles back the span goes that the column is about. */
  readonly span: number;
  /** 0 at the newest closed candle, 1 at the one before. */
  readonly back: 0 | 1;
}

/** A figure of each symbol that needs no code of the user's. */
export interface ScreenColumn {
  /** Names the column in addresses, in the filter's code and among its facts. */
  readonly key: string;
  /** As it stands above the column. */
  readonly title: string;
  /** The exact definition. `{interval}` and `{span}` stand for those of the source. */
  readonly says: string;
  readonly group: "Change" | "Volume" | "Trend" | "Highs and lows" | "Volatility" | "24 hours";
  readonly format: ColumnFormat;
  /** Which way the first click on its head sorts. */
  readonly first: "highest" | "lowest";
  /**
   * Where it comes from: the interval that the screen chooses, the first of a list that the server serves, or the ticker alone. `span` is
   * how many candles before the newest one the column needs.
   */
  readonly from: { readonly chosen: number } | { readonly oneOf: readonly ColumnSpan[] } | "ticker";
  /** Whether it has a value at the candle before, too, so that a crossing can be seen. */
  readonly hasBefore: boolean;
  /** The expression, for candles that reach back far enough. */
  readonly code: (source: ColumnSource) => string;
  /** A constant that the expression uses, as a name and an expression. */
  readonly uses?: (source: ColumnSource) => readonly [name: string, code: string];
}

/** An interval, and how many of its candles before the newest one a column needs. */
export interface ColumnSpan {
  readonly interval: Interval;
  readonly span: number;
}
