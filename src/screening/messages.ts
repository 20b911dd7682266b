import type { Interval, Symbol, Ticker } from "../core/mod.ts";
import type { FilterVerdict, SandboxFigures } from "../sandbox/mod.ts";
import type { CodePlace, PreviewRequest, PreviewSlice, ScreenRequest, ScreenSlice, Slice } from "../strategy/mod.ts";

/** Numbers of a kline in the rows of {@link MarketNews}: the columns, in their order. */
export const ROW_NUMBERS = 11;

/** What the screening thread doesn't have yet of one series. */
export interface SeriesNews {
  readonly symbol: Symbol;
  readonly interval: Interval;
  /** Whether what it has of it is to be forgotten first. */
  readonly afresh: boolean;
  /** How many of the rows are its. */
  readonly klines: number;
  /** How many closed klines are kept, the newest. */
  readonly keep: number;
  readonly settled: boolean;
  /** Whether older klines than the oldest may have been there. */
  readonly full: boolean;
}

/** What the screening thread doesn't have yet. */
export interface MarketNews {
  readonly series: readonly SeriesNews[];
  /** Closed klines row by row: those of the first series, oldest first, then those of the next; a series' rows stand in one array. */
  readonly rows: readonly Float64Array[];
}

/** Work for the thread: read a filter, or run a slice of a screen or preview. The symbols of a request travel separately. */
export type Work =
  | { readonly kind: "check"; readonly code: string }
  | { readonly kind: "screen"; readonly request: ScreenRequest; readonly slice: Slice }
  | { readonly kind: "preview"; readonly request: PreviewRequest; readonly slice: Slice };

/** Work for the screening thread, with all that it needs to know for it. */
export interface ScreenTask {
  readonly id: number;
  readonly work: Work;
  readonly news: MarketNews;
  /** Undefined for the same as of the task before. */
  readonly symbols: readonly Symbol[] | undefined;
  readonly tickers: readonly Ticker[];
}

/** What the thread did. */
export type Done =
  | { readonly kind: "check"; readonly verdict: FilterVerdict }
  | { readonly kind: "screen"; readonly slice: ScreenSlice }
  | { readonly kind: "preview"; readonly slice: PreviewSlice };

/** What came of a task. A fault is an error of ours by its class, with its message, and its place in the code if it has one. */
export type Outcome =
  | { readonly done: Done }
  | { readonly fault: "filter"; readonly message: string; readonly place: CodePlace | undefined }
  | { readonly fault: "request" | "internal"; readonly message: string };

/** What the thread says of a task: that its filter begins to run, and what came of it in so many milliseconds since. */
export type ScreenReply =
  | { readonly id: number; readonly kind: "began" }
  | {
      readonly id: number;
      readonly kind: "ended";
      readonly outcome: Outcome;
      readonly ms: number;
      readonly sandbox: SandboxFigures;
    };
