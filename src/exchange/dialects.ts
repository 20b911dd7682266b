import type { MarketId } from "../core/mod.ts";
import type { Dialect } from "./dialect.ts";
import { BINANCE } from "./dialects/binance/spot.ts";

/** The only list of dialects: how the stand-in speaks, by the market that it speaks as. */
export const DIALECTS: Readonly<Partial<Record<MarketId, Dialect>>> = {
  binance: BINANCE,
};
