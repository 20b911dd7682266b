export type { CloseNotice, CloseState } from "./closes.ts";
export { readKlines } from "./read.ts";
export { KLINE_SOURCES, type KlineSource } from "./ring.ts";
export type { KlineQuery, KlineSelection, PutOutcome, Series } from "./series.ts";
export { MarketStore, type StoreListener, type StoreOptions } from "./store.ts";
