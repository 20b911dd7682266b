export type { FilterOutcome, FilterRunner } from "./filter.ts";
export type { FilterInput } from "./filter-input.ts";
export { type KlineArray, type MarketView, viewOfArrays } from "./market-view.ts";
export { preview } from "./preview.ts";
export { Screening, type ScreenRequest, WINDOW_KLINES } from "./screen.ts";
