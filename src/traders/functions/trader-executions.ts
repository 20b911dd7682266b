import { type ExecutionsAnswer, readExecutionsQuery } from "../../wire/mod.ts";
import type { FunctionCall } from "./functions.ts";
import { json } from "./respond.ts";
import { foundOf, idOf, ownerOf } from "./trader-call.ts";

/** `GET traders/{id}/executions`: the trader's runs that ended, newest first. */
export async function traderExecutions(call: FunctionCall): Promise<Response> {
  const query = readExecutionsQuery(call.url.searchParams);
  call.caller.charge?.({ rows: query.limit });
  const { executions, cursor } = foundOf(await call.tables.executions.list(ownerOf(call), idOf(call), query), call);
  return json({ count: executions.length, executions, cursor } satisfies ExecutionsAnswer);
}
