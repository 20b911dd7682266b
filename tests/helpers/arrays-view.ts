import type { Ticker } from "../../src/core/mod.ts";
import { ArraysView, type KlineArray, type MarketView } from "../../src/strategy/mod.ts";

/** A market of arrays, which doesn't move. `capacity`: how many klines of a series their source keeps. */
export function viewOfArrays(
  series: readonly KlineArray[],
  tickers: readonly Ticker[] = [],
  capacity?: number,
): MarketView {
  const view = new ArraysView(capacity);
  for (const one of series) view.add(one);
  view.setTickers(tickers);
  return view;
}
