import {
  CSV_TYPE,
  isPreferredToJson,
  MAX_ROWS,
  readSignalsQuery,
  type SignalsAnswer,
  signalsCsv,
} from "../../wire/mod.ts";
import type { SignalsPage } from "../signals-table.ts";
import { EVERYONE } from "../traders-table.ts";
import { FunctionProblem } from "./caller.ts";
import type { FunctionCall, FunctionParts } from "./functions.ts";
import { json } from "./respond.ts";

/** A call asks the database so often at most while it finds nothing. Past it, the answer has no signals and a cursor. */
const MAX_EMPTY_PAGES = 20;

/** `GET signals`: newest first, by trader, symbol, interval and close time; as JSON, or as comma-separated values. */
export async function signals(_: FunctionParts, call: FunctionCall): Promise<Response> {
  const { url, rest, caller, tables } = call;
  if (rest.length > 0) throw new FunctionProblem("not_found", "signals are listed only: expected GET signals");
  const query = readSignalsQuery(url.searchParams);
  caller.charge?.({ rows: query.limit });
  const owner = caller.isService ? EVERYONE : caller.owner;
  let page = await tables.signals.list(owner, query);
  for (let pages = 1; pages < MAX_EMPTY_PAGES && isEmptyButNotLast(page); pages += 1) {
    if (!canPay(call)) break;
    page = await tables.signals.list(owner, { ...query, cursor: page.cursor ?? undefined });
  }
  if (isPreferredToJson(call.request.headers.get("accept"), CSV_TYPE)) return csvAnswer(page);
  return json({ count: page.signals.length, signals: page.signals, cursor: page.cursor } satisfies SignalsAnswer);
}

/** Signals as comma-separated values. Where there are more, a header has the cursor that asks for them. */
function csvAnswer({ signals: rows, cursor }: SignalsPage): Response {
  const headers = new Headers({ "content-type": `${CSV_TYPE}; charset=utf-8`, "cache-control": "no-store" });
  if (cursor !== null) headers.set("vyx-cursor", cursor);
  return new Response(signalsCsv(rows), { headers });
}

function isEmptyButNotLast({ signals: rows, cursor }: SignalsPage): boolean {
  return rows.length === 0 && cursor !== null;
}

/** Charges for another look into the table as for the largest page. A caller who can't pay for it gets the cursor instead. */
function canPay({ caller }: FunctionCall): boolean {
  try {
    caller.charge?.({ rows: MAX_ROWS });
    return true;
  } catch (cause) {
    if (cause instanceof FunctionProblem && cause.code === "rate_limited") return false;
    throw cause;
  }
}
