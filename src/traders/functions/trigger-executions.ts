import { BARE_MARKET, marketOf } from "../../core/mod.ts";
import {
  type LookAnswer,
  readTriggerRequest,
  type TriggerExecutionsAnswer,
  type TriggerRequest,
} from "../../wire/mod.ts";
import type { FoundClose } from "../execution.ts";
import type { Run } from "../found.ts";
import { unservedMarketWhy } from "../unrunnable.ts";
import { FunctionProblem } from "./caller.ts";
import { type FunctionCall, type FunctionParts, requestIdOf } from "./functions.ts";
import { bodyOf } from "./request-body.ts";
import { json } from "./respond.ts";

/** `POST trigger-executions`: a close that is told, or a look for closes that nobody told. `GET`: when that look was last taken. */
export async function triggerExecutions(
  parts: FunctionParts,
  { request, tables, caller }: FunctionCall,
): Promise<Response> {
  if (request.method === "GET") {
    const answer: LookAnswer = (await tables.looks.lastLook()) ?? { lookedAt: null, ageMs: null };
    return json(answer);
  }
  const asked = await bodyOf(parts, { request, caller }, readTriggerRequest);
  caller.charge?.({ symbols: null });
  const timestamp = parts.clock.now();
  const { closes, runs } = await runsOf(parts, asked);
  // Signals are stored: what is missing of their outcomes, the next call stores.
  await parts.fill?.().catch((cause) => parts.onError(requestIdOf(request), cause));
  const answer: TriggerExecutionsAnswer = {
    timestamp,
    trigger: asked.trigger,
    symbolsChecked: runs.reduce((sum, run) => sum + run.symbolsChecked, 0),
    candlesClosed: closes.map((close) => ({ ...close, symbols: symbolsOf(runs, close) })),
    executions: runs.map(({ traderId, interval, closeTime, status, matches, readFrom }) => ({
      traderId,
      interval,
      closeTime,
      status,
      matches,
      ...(readFrom === undefined ? {} : { readFrom }),
    })),
  };
  return json(answer);
}

async function runsOf(
  { engine, markets }: FunctionParts,
  { market: asked, interval, closeTime }: TriggerRequest,
): Promise<{ closes: FoundClose[]; runs: Run[] }> {
  const isLook = interval === undefined || closeTime === undefined;
  if (isLook && asked === undefined) return await engine.reconcile(interval);
  const served = await markets();
  const market = asked ?? served?.[0] ?? BARE_MARKET;
  const unserved = unservedMarketWhy(market, served);
  if (unserved !== undefined) throw new FunctionProblem("invalid_parameter", unserved);
  if (isLook) return await engine.reconcile(interval, market);
  return { closes: [{ market, interval, closeTime }], runs: await engine.close({ market, interval, closeTime }) };
}

/** The symbols that were looked at for a close. */
function symbolsOf(runs: readonly Run[], { market, interval, closeTime }: FoundClose): string[] {
  const symbols = runs
    .filter((run) => run.interval === interval && run.closeTime === closeTime)
    .flatMap((run) => run.symbols)
    .filter((symbol) => marketOf(symbol) === market);
  return [...new Set(symbols)].sort();
}
