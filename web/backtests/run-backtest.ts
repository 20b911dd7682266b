import type { MarketId } from "../../src/core/mod.ts";
import type { DraftState } from "../editor/draft-state.ts";
import type { Market } from "../market/market.ts";
import type { Page } from "../shell/page.ts";
import type { BacktestState } from "./backtest-state.ts";

/** Runs a backtest of a draft, up to the newest data of its market. */
export function runBacktest({ market, clock }: Page, state: DraftState, backtest: BacktestState): Promise<void> {
  return backtest.run({
    fault: () => state.runFault(),
    draft: () => state.draft.peek(),
    newest: () => newestOf(market, state.draft.peek().market) ?? clock.now(),
  });
}

/** When a market's newest ticker is of, in Unix milliseconds: a recording's market isn't in the present. Undefined without tickers. */
function newestOf(market: Market, id: MarketId): number | undefined {
  let newest: number | undefined;
  for (const symbol of market.symbolsOf(id)) {
    const updatedAt = market.rows.get(symbol)?.ticker.peek().updatedAt;
    if (updatedAt !== undefined) newest = Math.max(newest ?? updatedAt, updatedAt);
  }
  return newest;
}
