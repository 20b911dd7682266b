import { MARKET_TABLE, marketOf, type Symbol } from "../../src/core/mod.ts";

/** The market that a symbol's name says, in a word or two. */
export function shortMarketName(symbol: string): string {
  return MARKET_TABLE[marketOf(symbol as Symbol)].shortName;
}
