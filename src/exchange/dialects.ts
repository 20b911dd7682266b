import type { MarketId } from "../core/mod.ts";
import type { Dialect } from "./dialect.ts";
import { BINANCE } from "./dialects/binance/spot.ts";
import { BINANCE_USDM } from "./dialects/binance/usdm.ts";
import { BYBIT, BYBIT_LINEAR } from "./dialects/bybit/bybit.ts";

/** The only list of dialects: how the stand-in speaks, by the market that it speaks as. */
export const DIALECTS: Readonly<Record<MarketId, Dialect>> = {
  binance: BINANCE,
  "binance-usdm": BINANCE_USDM,
  bybit: BYBIT,
  "bybit-linear": BYBIT_LINEAR,
};
