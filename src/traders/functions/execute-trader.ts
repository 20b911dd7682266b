import type { Interval, UnixMs } from "../../core/mod.ts";
import { type ExecuteTraderAnswer, readExecuteRequest } from "../../wire/mod.ts";
import type { MarketDataSource } from "../ports.ts";
import { EVERYONE } from "../traders-table.ts";
import { unservedWhy } from "../unrunnable.ts";
import { FunctionProblem } from "./caller.ts";
import type { FunctionCall, FunctionParts } from "./functions.ts";
import { bodyOf } from "./request-body.ts";
import { json } from "./respond.ts";

/** `POST execute-trader`: one trader at one close, the last one unless told otherwise. */
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
  const unserved = unservedWhy(trader, (await parts.offer())?.intervals, interval);
  if (unserved !== undefined) throw new FunctionProblem("invalid_parameter", unserved);
  const closeTime = asked.closeTime ?? (await lastClose(market, interval, trader.id));
  const run = await engine.execute(trader, { interval, closeTime }, asked.symbols ?? null);
  const answer: ExecuteTraderAnswer = {
    traderId: trader.id,
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

async function lastClose(market: MarketDataSource, interval: Interval, whom: string): Promise<UnixMs> {
  const closeTime = (await market.closes(whom))[interval]?.closeTime;
  if (closeTime !== undefined) return closeTime;
  throw new FunctionProblem("not_ready", `no close of ${interval} is known yet`);
}
