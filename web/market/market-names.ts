import { MARKETS, marketOf, type Symbol } from "../../src/core/mod.ts";

/** The market that a symbol's name says, in a word or two. */
export function shortMarketName(symbol: string): string {
  return MARKETS[marketOf(symbol as Symbol)].shortName;
}
