import type { MarketId } from "../core/mod.ts";
import { BINANCE } from "./binance/binance.ts";
import type { Exchange } from "./exchange.ts";

/** The adapters, by market. */
export const EXCHANGES: Readonly<Record<MarketId, Exchange>> = {
  binance: BINANCE,
  "binance-usdm": BINANCE,
  bybit: BINANCE,
  "bybit-linear": BINANCE,
};
