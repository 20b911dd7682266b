export { faultsOf, refuseFaults, timeframesOf, triggerOf, windowsOf } from "./asked.ts";
export type { BacktestAsked, BacktestEvent, BacktestResult, PlannedBacktest } from "./backtest/asked.ts";
export {
  Backtest,
  type BacktestPlan,
  type BacktestRequest,
  type BacktestStep,
  type BacktestTallyState,
  type BacktestTotals,
} from "./backtest/backtest.ts";
export { type HorizonFigures, HorizonTallies } from "./backtest/horizon-tallies.ts";
export type { LiveSignal } from "./backtest/live-signals.ts";
export { type CandlePlaces, type Outcome, outcomesOf } from "./backtest/outcomes.ts";
export type { BacktestSignal, BacktestSymbol } from "./backtest/symbol-backtest.ts";
export { DailyVolumes, type TopUniverse } from "./backtest/universe.ts";
export { type Argument, Calculator, MAX_CALLS_IN_VALUE, MAX_OWN_NUMBERS, usageOf } from "./calculator.ts";
export { ClosedSeries } from "./closed-series.ts";
export { type Column, ColumnSource, ownColumn } from "./column.ts";
export { coolingUntil } from "./cooldown.ts";
export { DAY_MS, dayOf } from "./day.ts";
export { type ExplainRequest, type Explanation, explain } from "./explain.ts";
export {
  type CodePlace,
  type EngineName,
  type Facts,
  type FilterOutcome,
  type FilterRun,
  type FilterRunner,
  MAX_CODE_LENGTH,
  MAX_FACTS_LENGTH,
  type PreparedFilter,
} from "./filter.ts";
export { filterContract } from "./filter-contract.ts";
export { FilterInput } from "./filter-input.ts";
export { HELPERS, type Helper, helperAnswer } from "./helpers.ts";
export { INDICATORS } from "./indicators/all.ts";
export type { DrawnLine } from "./indicators/drawing.ts";
export type { Indicator, PriceColumns } from "./indicators/indicator.ts";
export { firstReached, klinesWantedBy } from "./indicators/reach.ts";
export { type ClosedKlines, klineAt } from "./kline-window.ts";
export { ArraysView, type KlineArray, type MarketView } from "./market-view.ts";
export { MAX_SERIES_KLINES } from "./memory.ts";
export { type MissesRequest, type MissesResult, type MissesSlice, missesSlice } from "./misses.ts";
export { MissesRun } from "./misses-run.ts";
export { FilterCodeFault, FilterMistake, KlinesWanted } from "./mistakes.ts";
export { tickerIntervals } from "./past-ticker.ts";
export { PREVIEW_MS, type PreviewRequest, type PreviewResult, type PreviewSlice, previewSlice } from "./preview.ts";
export { MAX_PREVIEW_BYTES, PreviewRun, preview } from "./preview-run.ts";
export {
  MAX_STOPPED_SYMBOLS,
  type Match,
  SCREEN_MS,
  Screening,
  type ScreeningParts,
  type ScreenRequest,
  type ScreenResult,
  type ScreenSlice,
} from "./screen.ts";
export { ScreenRun } from "./screen-run.ts";
export type { Slice } from "./slice.ts";
export type { CodeFault, ColumnRead, FilterStudy, IntervalRead } from "./study.ts";
export type { FilterWatcher, SeenCondition, SeenValue, WatchedFilter } from "./watched-filter.ts";
export { shortWindows, WINDOW_KLINES, windowFor } from "./windows.ts";
export { WORKED_FILTERS, type WorkedFilter } from "./worked-filters.ts";
