import type { Interval, Symbol, Ticker } from "../../core/mod.ts";
import type { CodePlace, PreviewRequest, PreviewResult, ScreenRequest, ScreenResult } from "../../strategy/mod.ts";

/** Numbers of a kline in a row of {@link SeriesNews}: the columns, in their order. */
export const ROW_NUMBERS = 11;

/** What the screening thread doesn't have yet of one series. */
export interface SeriesNews {
  readonly symbol: Symbol;
  readonly interval: Interval;
  /** Whether what it has of it is to be forgotten first. */
  readonly afresh: boolean;
  /** Closed klines, oldest first, row by row. */
  readonly rows: Float64Array;
  /** How many closed klines are kept, the newest. */
  readonly keep: number;
  readonly settled: boolean;
  /** Whether older klines than the oldest may have been there. */
  readonly full: boolean;
}

/** Work for the screening thread, with all that it needs to know for it. */
export interface ScreenTask {
  readonly id: number;
  readonly kind: "screen" | "preview";
  readonly request: ScreenRequest | PreviewRequest;
  readonly news: readonly SeriesNews[];
  readonly symbols: readonly Symbol[];
  readonly tickers: readonly Ticker[];
}

/** What came of it. A fault is an error of ours by its class, with its message, and its place in the code if it has one. */
export type ScreenReply =
  | { readonly id: number; readonly result: ScreenResult | PreviewResult }
  | { readonly id: number; readonly fault: "filter"; readonly message: string; readonly place: CodePlace | undefined }
  | { readonly id: number; readonly fault: "request" | "internal"; readonly message: string };
