import { MAX_ROWS, readSignalsQuery, type SignalsAnswer } from "../../wire/mod.ts";
import type { SignalsPage } from "../signals-table.ts";
import { EVERYONE } from "../traders-table.ts";
import { FunctionProblem } from "./caller.ts";
import type { FunctionCall, FunctionParts } from "./functions.ts";
import { json } from "./respond.ts";

/** A call asks the database so often at most while it finds nothing. Past it, the answer has no signals and a cursor. */
const MAX_EMPTY_PAGES = 20;

/** `GET signals`: newest first, by trader, symbol, interval and close time. */
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
  return json({ count: page.signals.length, signals: page.signals, cursor: page.cursor } satisfies SignalsAnswer);
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
