import {
  type LookAnswer,
  readTriggerRequest,
  type TriggerExecutionsAnswer,
  type TriggerRequest,
} from "../../wire/mod.ts";
import type { TraderClose } from "../engine.ts";
import type { Run } from "../found.ts";
import type { FunctionCall, FunctionParts } from "./functions.ts";
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
  const answer: TriggerExecutionsAnswer = {
    timestamp,
    trigger: asked.trigger,
    symbolsChecked: runs.reduce((sum, run) => sum + run.symbolsChecked, 0),
    candlesClosed: closes.map(({ interval, closeTime }) => ({
      interval,
      closeTime,
      symbols: symbolsOf(runs, interval, closeTime),
    })),
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
  { engine }: FunctionParts,
  asked: TriggerRequest,
): Promise<{ closes: TraderClose[]; runs: Run[] }> {
  const { interval, closeTime } = asked;
  if (interval === undefined || closeTime === undefined) return await engine.reconcile(interval);
  return { closes: [{ interval, closeTime }], runs: await engine.close({ interval, closeTime }) };
}

/** The symbols that were looked at for a close. */
function symbolsOf(runs: readonly Run[], interval: string, closeTime: number): string[] {
  const symbols = runs
    .filter((run) => run.interval === interval && run.closeTime === closeTime)
    .flatMap((run) => run.symbols);
  return [...new Set(symbols)].sort();
}
