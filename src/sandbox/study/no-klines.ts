import type { ClosedKlines } from "../../strategy/mod.ts";

const NONE: Float64Array = new Float64Array();

/** Klines of which nothing but their interval is known: code is read before there are any. */
export const NO_KLINES: ClosedKlines = {
  length: 0,
  settled: true,
  cut: false,
  hasOlder: false,
  openTime: NONE,
  open: NONE,
  high: NONE,
  low: NONE,
  close: NONE,
  volume: NONE,
  closeTime: NONE,
  quoteVolume: NONE,
  trades: NONE,
  takerBuyVolume: NONE,
  takerBuyQuoteVolume: NONE,
};
