import type { Interval, PastBlock, Symbol, Ticker } from "../core/mod.ts";
import type { FilterVerdict, SandboxFigures } from "../sandbox/mod.ts";
import type {
  BacktestPlan,
  BacktestRequest,
  BacktestStep,
  BacktestSymbol,
  BacktestTallyState,
  BacktestTotals,
  CodePlace,
  ExplainRequest,
  Explanation,
  MissesRequest,
  MissesSlice,
  PreviewRequest,
  PreviewSlice,
  ScreenRequest,
  ScreenSlice,
  Slice,
} from "../strategy/mod.ts";

/** What the screening thread doesn't have yet of one series. */
export interface SeriesUpdate {
  readonly symbol: Symbol;
  readonly interval: Interval;
  /** Whether what it has of it is to be forgotten first. */
  readonly afresh: boolean;
  /** How many of the rows are its. */
  readonly klines: number;
  /** How many closed klines are kept, the newest. */
  readonly keep: number;
  /** The open time from which on all that the exchange has is among them, without doubt; −Infinity for all that is kept, Infinity for none. */
  readonly certainFrom: number;
  /** Whether older klines than the oldest may have been there. */
  readonly full: boolean;
  /** Whether the exchange has or may have older klines than the oldest. */
  readonly hasOlder: boolean;
}

/** A series that the screening thread needn't keep any more: its symbol isn't followed. */
export interface DroppedSeries {
  readonly symbol: Symbol;
  readonly interval: Interval;
}

/** What the screening thread doesn't have yet. */
export interface MarketUpdate {
  /** To be forgotten before anything else of the update is taken over. */
  readonly dropped: readonly DroppedSeries[];
  readonly series: readonly SeriesUpdate[];
  /** Closed klines row by row, each in the columns' order: those of the first series, oldest first, then those of the next; a series' rows stand in one array. */
  readonly rows: readonly Float64Array[];
  /** How many closed klines of a series the server keeps. */
  readonly capacity: number;
  /** The intervals that the server keeps, shortest first. */
  readonly intervals: readonly Interval[];
}

/** Work for the thread: read a filter, run a slice of a screen, a preview or a search for misses, or explain a filter for one symbol. The symbols of a request travel separately. */
export type Work =
  | { readonly kind: "check"; readonly code: string }
  | { readonly kind: "screen"; readonly request: ScreenRequest; readonly slice: Slice }
  | { readonly kind: "preview"; readonly request: PreviewRequest; readonly slice: Slice }
  | { readonly kind: "explain"; readonly request: ExplainRequest }
  | { readonly kind: "misses"; readonly request: MissesRequest; readonly slice: Slice }
  | { readonly kind: "backtest"; readonly work: BacktestWork };

/** A part of a backtest. `id` names the backtest from `begin` to `end`; the thread keeps what it counted in between. */
export type BacktestWork = { readonly id: string } & (
  | { readonly part: "begin"; readonly request: BacktestRequest }
  | { readonly part: "symbol"; readonly symbol: BacktestSymbol }
  /** `block` is undefined after the symbol's last one. */
  | { readonly part: "block"; readonly block: PastBlock | undefined; readonly sliceMs: number }
  | { readonly part: "step"; readonly sliceMs: number }
  | { readonly part: "tally" }
  | { readonly part: "totals"; readonly others: readonly BacktestTallyState[] }
  | { readonly part: "end" }
);

/** What came of a part of a backtest. `lost`: the thread doesn't have the backtest, because it was started anew meanwhile. */
export type BacktestDone =
  | { readonly part: "begin"; readonly plan: BacktestPlan }
  | { readonly part: "step"; readonly step: BacktestStep }
  | { readonly part: "tally"; readonly tally: BacktestTallyState }
  | { readonly part: "totals"; readonly totals: BacktestTotals }
  | { readonly part: "symbol" | "end" | "lost" };

/** Work for the screening thread, with all that it needs to know for it. */
export interface ScreenTask {
  readonly id: number;
  readonly work: Work;
  readonly update: MarketUpdate;
  /** Undefined for the same as of the task before. */
  readonly symbols: readonly Symbol[] | undefined;
  readonly tickers: readonly Ticker[];
}

/** What the thread did. */
export type Done =
  | { readonly kind: "check"; readonly verdict: FilterVerdict }
  | { readonly kind: "screen"; readonly slice: ScreenSlice }
  | { readonly kind: "preview"; readonly slice: PreviewSlice }
  | { readonly kind: "explain"; readonly explanation: Explanation }
  | { readonly kind: "misses"; readonly slice: MissesSlice }
  | { readonly kind: "backtest"; readonly done: BacktestDone };

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
