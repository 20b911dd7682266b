import { type Interval, MARKET_NAMES, type UnixMs } from "../../core/mod.ts";
import { checkMarket, type ExecuteTraderAnswer, readExecuteRequest, type Trader } from "../../wire/mod.ts";
import type { MarketDataSource } from "../ports.ts";
import { EVERYONE } from "../traders-table.ts";
import { unservedMarketWhy, unservedWhy } from "../unrunnable.ts";
import { FunctionProblem } from "./caller.ts";
import type { FunctionCall, FunctionParts } from "./functions.ts";
import { bodyOf } from "./request-body.ts";
import { json } from "./respond.ts";

/** `POST execute-trader`: one trader at one close of its market, the last one unless told otherwise. */
export async function executeTrader(
  parts: FunctionParts,
  { request, tables, caller }: FunctionCall,
): Promise<Response> {
  const { market, engine, clock, stopwatch } = parts;
  const asked = await bodyOf(parts, { request, caller }, readExecuteRequest);
  const [executedAt, began] = [clock.now(), stopwatch()];
  const trader = await tables.traders.read(EVERYONE, asked.traderId);
  if (trader === undefined) throw new FunctionProblem("not_found", `there is no trader ${asked.traderId}`);
  caller.charge?.({ symbols: (asked.symbols ?? trader.symbols)?.length ?? null });
  const interval = asked.interval ?? trader.triggerInterval;
  if (asked.market !== undefined && asked.market !== trader.market) {
    const detail = `market is ${asked.market}, and the trader watches ${MARKET_NAMES[trader.market]} (${trader.market})`;
    throw new FunctionProblem("invalid_parameter", detail);
  }
  checkMarket(trader.market, asked.symbols ?? []);
  const unserved =
    unservedMarketWhy(trader.market, await parts.markets()) ??
    unservedWhy(trader, (await parts.offer(trader.market))?.intervals, interval);
  if (unserved !== undefined) throw new FunctionProblem("invalid_parameter", unserved);
  const closeTime = asked.closeTime ?? (await lastClose(market, interval, trader));
  const run = await engine.execute(trader, { interval, closeTime }, asked.symbols ?? null);
  const answer: ExecuteTraderAnswer = {
    traderId: trader.id,
    market: trader.market,
    interval,
    closeTime,
    matches: run.matches,
    signals: run.signals.length,
    symbolsChecked: run.symbolsChecked,
    skipped: run.skipped,
    errors: run.errors,
    executedAt,
    executionTimeMs: Math.round(stopwatch() - began),
    source: run.source,
    readFrom: run.readFrom,
  };
  return json(answer);
}

async function lastClose(
  market: MarketDataSource,
  interval: Interval,
  { id: whom, market: of }: Trader,
): Promise<UnixMs> {
  const closeTime = (await market.closes(whom, of))[interval]?.closeTime;
  if (closeTime !== undefined) return closeTime;
  throw new FunctionProblem("not_ready", `no close of ${interval} is known yet`);
}
