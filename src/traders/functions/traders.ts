import type { Interval, UnixMs } from "../../core/mod.ts";
import {
  readEnabled,
  readNewTrader,
  readTraderChange,
  readTraderId,
  readTradersQuery,
  readValidation,
  type Trader,
  type TradersAnswer,
  type ValidateAnswer,
} from "../../wire/mod.ts";
import type { CheckCaller, FilterCheck } from "../ports.ts";
import { EVERYONE, type Owner, TooManyTraders } from "../traders-table.ts";
import { FunctionProblem } from "./caller.ts";
import type { FunctionCall, FunctionParts } from "./functions.ts";
import { bodyOf, json } from "./respond.ts";

/**
 * `traders`: `GET` lists, `GET /{id}` reads, `POST` creates, `PATCH /{id}` changes, `DELETE /{id}` deletes, `POST
 * /{id}/enable` with `{enabled}` switches on and off, `POST /validate` reads a filter without keeping it.
 */
export async function traders(parts: FunctionParts, call: FunctionCall): Promise<Response> {
  const { request, rest } = call;
  const [first, second] = rest;
  const path =
    rest.length > 2
      ? "?"
      : second !== undefined
        ? `{id}/${second}`
        : first === "validate"
          ? first
          : first === undefined
            ? ""
            : "{id}";
  switch (`${request.method} ${path}`) {
    case "GET ":
      return await list(call);
    case "POST ":
      return await create(parts, call);
    case "POST validate":
      return await validate(parts, call);
    case "GET {id}":
      return json(found(await call.tables.traders.read(ownerOf(call), idOf(call)), call));
    case "PATCH {id}":
      return await change(parts, call);
    case "DELETE {id}":
      if (!(await call.tables.traders.delete(ownerOf(call), idOf(call)))) found(undefined, call);
      return new Response(null, { status: 204 });
    case "POST {id}/enable":
      return await enable(parts, call);
    default:
      throw new FunctionProblem(
        "not_found",
        `there is no ${request.method} traders/${rest.join("/").slice(0, 80)}: expected GET, POST, POST validate, GET, PATCH and DELETE {id}, POST {id}/enable`,
      );
  }
}

async function list(call: FunctionCall): Promise<Response> {
  const query = readTradersQuery(call.url.searchParams);
  call.caller.charge?.({ rows: query.limit });
  const { traders: rows, cursor } = await call.tables.traders.list(ownerOf(call), query);
  return json({ count: rows.length, traders: rows, cursor } satisfies TradersAnswer);
}

async function create(parts: FunctionParts, call: FunctionCall): Promise<Response> {
  const trader = readNewTrader(await bodyOf(call.request));
  await checkFilter(parts, call, trader.code);
  const runsAfter = trader.enabled ? await lastClose(parts, trader.triggerInterval) : undefined;
  try {
    return json(await call.tables.traders.create(call.caller.owner, trader, runsAfter), 201);
  } catch (cause) {
    if (cause instanceof TooManyTraders) throw new FunctionProblem("forbidden", cause.message);
    throw cause;
  }
}

async function change(parts: FunctionParts, call: FunctionCall): Promise<Response> {
  const id = idOf(call);
  const changed = readTraderChange(await bodyOf(call.request));
  const before = found(await call.tables.traders.read(ownerOf(call), id), call);
  if (changed.code !== undefined) await checkFilter(parts, call, changed.code);
  const begins =
    (changed.enabled === true && !before.enabled) ||
    (changed.triggerInterval !== undefined && changed.triggerInterval !== before.triggerInterval);
  const runsAfter = begins ? await lastClose(parts, changed.triggerInterval ?? before.triggerInterval) : undefined;
  return json(found(await call.tables.traders.update(ownerOf(call), id, changed, runsAfter), call));
}

async function enable(parts: FunctionParts, call: FunctionCall): Promise<Response> {
  const enabled = readEnabled(await bodyOf(call.request));
  const before = found(await call.tables.traders.read(ownerOf(call), idOf(call)), call);
  const runsAfter = enabled && !before.enabled ? await lastClose(parts, before.triggerInterval) : undefined;
  return json(found(await call.tables.traders.update(ownerOf(call), before.id, { enabled }, runsAfter), call));
}

async function validate(parts: FunctionParts, call: FunctionCall): Promise<Response> {
  const { code } = readValidation(await bodyOf(call.request));
  const { errors, engine } = await check(parts, call, code);
  return json({ valid: errors.length === 0, errors, engine } satisfies ValidateAnswer);
}

/** A filter that can't be one isn't kept. */
async function checkFilter(parts: FunctionParts, call: FunctionCall, code: string): Promise<void> {
  const [fault] = (await check(parts, call, code)).errors;
  if (fault === undefined) return;
  const place = fault.line === undefined ? "" : `line ${fault.line}, column ${fault.column ?? 1}: `;
  throw new FunctionProblem("invalid_parameter", `code: ${place}${fault.message}`);
}

async function check({ screener }: FunctionParts, call: FunctionCall, code: string): Promise<FilterCheck> {
  call.caller.charge?.({ codeCharacters: code.length });
  return await screener.check(code, askerOf(call));
}

/** A trader runs at the closes after the last one; without a market to ask, from the first close on that is told. */
async function lastClose({ market }: FunctionParts, interval: Interval): Promise<UnixMs | undefined> {
  try {
    return (await market.closes())[interval]?.closeTime;
  } catch {
    return undefined;
  }
}

function askerOf({ caller, request: { signal } }: FunctionCall): CheckCaller {
  return { caller: caller.share ?? caller.owner, signal };
}

function ownerOf({ caller }: FunctionCall): Owner {
  return caller.isService ? EVERYONE : caller.owner;
}

function idOf({ rest }: FunctionCall): string {
  return readTraderId(rest[0] ?? "");
}

function found(trader: Trader | undefined, { rest }: FunctionCall): Trader {
  if (trader !== undefined) return trader;
  throw new FunctionProblem("not_found", `there is no trader ${rest[0]} of yours: GET traders lists those that are`);
}
