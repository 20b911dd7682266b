import type { MarketId } from "../core/mod.ts";
import { BINANCE } from "./binance/binance.ts";
import { BINANCE_USDM } from "./binance/usdm.ts";
import { BYBIT } from "./bybit/bybit.ts";
import { BYBIT_LINEAR } from "./bybit/linear.ts";
import type { Exchange } from "./exchange.ts";

/** Every market that there is an adapter for: this is the only list of them. */
export const EXCHANGES: Readonly<Record<MarketId, Exchange>> = {
  binance: BINANCE,
  "binance-usdm": BINANCE_USDM,
  bybit: BYBIT,
  "bybit-linear": BYBIT_LINEAR,
};
