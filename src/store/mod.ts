export type { CloseNotice } from "./closes.ts";
export { readKlines } from "./read.ts";
export type { KlineSelection, Series } from "./series.ts";
export { MarketStore } from "./store.ts";
