import type { MarketId } from "../../core/mod.ts";

/** One of Bybit's markets, and what its addresses and questions call it. */
export interface BybitMarket {
  readonly id: MarketId;
  readonly category: "spot" | "linear";
}

export const SPOT: BybitMarket = { id: "bybit", category: "spot" };
export const LINEAR: BybitMarket = { id: "bybit-linear", category: "linear" };
