export { type Argument, Calculator, MAX_OWN_NUMBERS, usageOf } from "./calculator.ts";
export { WINDOW_KLINES } from "./close-inputs.ts";
export { ClosedSeries } from "./closed-series.ts";
export { type Column, type ColumnSource, ownColumn } from "./column.ts";
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
export { FilterInput } from "./filter-input.ts";
export { HELPERS } from "./helpers.ts";
export { INDICATORS } from "./indicators/all.ts";
export type { Indicator, PriceColumns } from "./indicators/indicator.ts";
export { type ClosedKlines, klineAt } from "./kline-window.ts";
export { type KlineArray, type MarketView, viewOfArrays } from "./market-view.ts";
export { FilterCodeFault, FilterMistake, KlinesWanted } from "./mistakes.ts";
export { PREVIEW_MS, type PreviewRequest, type PreviewResult, type PreviewSlice, previewSlice } from "./preview.ts";
export { MAX_PREVIEW_BYTES, PreviewRun, preview } from "./preview-run.ts";
export {
  MAX_STOPPED_SYMBOLS,
  type Match,
  SCREEN_MS,
  Screening,
  type ScreenRequest,
  type ScreenResult,
  type ScreenSlice,
  triggerOf,
} from "./screen.ts";
export { ScreenRun } from "./screen-run.ts";
export type { Slice } from "./slice.ts";
export { WORKED_FILTERS, type WorkedFilter } from "./worked-filters.ts";
