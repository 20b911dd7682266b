import type { Market } from "../market/market.ts";
import { type ChartState, unknownSymbolText } from "./chart-feed.ts";

/** What stands in place of the candles; empty when there are some. */
export function noteOf(state: ChartState | undefined, market: Pick<Market, "lacks">): string {
  // The SDK gives an unknown symbol some seconds to appear; the list of symbols tells at once.
  if (state?.phase === "loading" && market.lacks(state.symbol)) return unknownSymbolText(state.symbol);
  if (state === undefined || state.phase === "loading") return "Loading …";
  if (state.phase === "failed") return state.detail;
  return state.klines.length === 0 ? "There are no candles for this symbol yet." : "";
}

/** Why there is nothing before the first candle, once that is known. */
export function edgeOf(state: ChartState | undefined): string {
  switch (state?.beginning) {
    case "of the market":
      return `${state.symbol} begins here.`;
    case "of this server":
      return "This server has no older candles.";
    default:
      return "";
  }
}
