import { readVersionsQuery, type VersionsAnswer } from "../../wire/mod.ts";
import type { FunctionCall } from "./functions.ts";
import { json } from "./respond.ts";
import { foundOf, idOf, ownerOf } from "./trader-call.ts";

/** `GET traders/{id}/versions`: what the trader was, newest first. */
export async function traderVersions(call: FunctionCall): Promise<Response> {
  const query = readVersionsQuery(call.url.searchParams);
  call.caller.charge?.({ rows: query.limit });
  const { versions, cursor } = foundOf(await call.tables.versions.list(ownerOf(call), idOf(call), query), call);
  return json({ count: versions.length, versions, cursor } satisfies VersionsAnswer);
}
