import { readSignalsQuery, type SignalsAnswer } from "../../wire/mod.ts";
import { EVERYONE } from "../traders-table.ts";
import { FunctionProblem } from "./caller.ts";
import type { FunctionCall, FunctionParts } from "./functions.ts";
import { json } from "./respond.ts";

/** `GET signals`: newest first, by trader, symbol, interval and close time. */
export async function signals(_: FunctionParts, { url, rest, caller, tables }: FunctionCall): Promise<Response> {
  if (rest.length > 0) throw new FunctionProblem("not_found", "signals are listed only: expected GET signals");
  const query = readSignalsQuery(url.searchParams);
  caller.charge?.({ rows: query.limit });
  const { signals: rows, cursor } = await tables.signals.list(caller.isService ? EVERYONE : caller.owner, query);
  return json({ count: rows.length, signals: rows, cursor } satisfies SignalsAnswer);
}
