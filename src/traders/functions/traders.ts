import { type Interval, type MarketId, type UnixMs, unknownColumnsOf } from "../../core/mod.ts";
import {
  checkMarket,
  type ListedTrader,
  type NewTrader,
  readEnabled,
  readNewTrader,
  readTraderChange,
  readTradersQuery,
  readValidation,
  type Trader,
  type TraderChange,
  type TradersAnswer,
  type ValidateAnswer,
} from "../../wire/mod.ts";
import type { AskedOfFilter, CheckCaller, FilterCheck } from "../ports.ts";
import { TooManyTraders, type TraderWithRun } from "../traders-table.ts";
import { type TraderNeeds, unfollowedWhy, unrunnableWhy } from "../unrunnable.ts";
import { FunctionProblem } from "./caller.ts";
import type { FunctionCall, FunctionParts } from "./functions.ts";
import { bodyOf } from "./request-body.ts";
import { json } from "./respond.ts";
import { foundOf, idOf, ownerOf } from "./trader-call.ts";
import { traderExecutions } from "./trader-executions.ts";
import { traderPerformance } from "./trader-performance.ts";
import { traderVersions } from "./trader-versions.ts";

/**
 * `traders`: `GET` lists, `GET /{id}` reads, `POST` creates, `PATCH /{id}` changes, `DELETE /{id}` deletes, `POST
 * /{id}/enable` with `{enabled}` switches on and off, `POST /validate` reads a filter without keeping it, `GET /{id}/versions` lists what
 * the trader was, `GET /{id}/executions` its runs that ended, `GET /{id}/performance` tells what became of a version's signals.
 */
export async function traders(parts: FunctionParts, call: FunctionCall): Promise<Response> {
  const { request, rest } = call;
  switch (`${request.method} ${routeOf(rest)}`) {
    case "GET ":
      return await list(parts, call);
    case "POST ":
      return await create(parts, call);
    case "POST validate":
      return await validate(parts, call);
    case "GET {id}":
      return await readOne(parts, call);
    case "PATCH {id}":
      return await change(parts, call);
    case "DELETE {id}":
      if (!(await call.tables.traders.delete(ownerOf(call), idOf(call)))) foundOf(undefined, call);
      return new Response(null, { status: 204 });
    case "POST {id}/enable":
      return await enable(parts, call);
    case "GET {id}/versions":
      return await traderVersions(call);
    case "GET {id}/executions":
      return await traderExecutions(call);
    case "GET {id}/performance":
      return await traderPerformance(parts, call);
    default:
      throw new FunctionProblem(
        "not_found",
        `there is no ${request.method} traders/${rest.join("/").slice(0, 80)}: expected GET, POST, POST validate, GET, PATCH and DELETE {id}, POST {id}/enable, GET {id}/versions, GET {id}/executions, GET {id}/performance`,
      );
  }
}

/** A path as routes name it, with `{id}` in place of a trader's; "?" for one that is longer than any. */
function routeOf([first, second, ...more]: readonly string[]): string {
  if (more.length > 0) return "?";
  if (second !== undefined) return `{id}/${second}`;
  return first === undefined || first === "validate" ? (first ?? "") : "{id}";
}

async function list(parts: FunctionParts, call: FunctionCall): Promise<Response> {
  const query = readTradersQuery(call.url.searchParams);
  call.caller.charge?.({ rows: query.limit });
  const { traders: rows, cursor } = await call.tables.traders.list(ownerOf(call), query);
  const listed = rows.length === 0 ? [] : await withProblems(parts, rows);
  return json({ count: rows.length, traders: listed, cursor } satisfies TradersAnswer);
}

async function readOne(parts: FunctionParts, call: FunctionCall): Promise<Response> {
  const trader = foundOf(await call.tables.traders.read(ownerOf(call), idOf(call)), call);
  const [listed] = await withProblems(parts, [trader]);
  return json(listed);
}

/** Traders with the reason why each can never run, where there is one. */
async function withProblems(
  { offer, markets }: FunctionParts,
  traders: readonly TraderWithRun[],
): Promise<ListedTrader[]> {
  const named = [...new Set(traders.map(({ market }) => market))];
  const [served, ...offers] = await Promise.all([markets(), ...named.map((market) => offer(market))]);
  const offerOf = new Map(named.map((market, at) => [market, offers[at]]));
  return traders.map((trader) => {
    const problem = unrunnableWhy(trader, offerOf.get(trader.market), served) ?? null;
    return { ...trader, problem };
  });
}

async function create(parts: FunctionParts, call: FunctionCall): Promise<Response> {
  const asked = await bodyOf(parts, call, readNewTrader);
  const market = asked.market ?? (await parts.markets())?.[0];
  const found = await checkFilter(parts, call, asked.code, { ...asked, market });
  const trader = { ...asked, market, timeframes: asked.timeframes ?? found ?? [asked.triggerInterval] };
  await checkRunnable(parts, trader);
  const runsAfter = trader.enabled ? await lastClose(parts, trader.triggerInterval, market) : null;
  try {
    return json(await call.tables.traders.create(call.caller.owner, trader, runsAfter), 201);
  } catch (cause) {
    if (cause instanceof TooManyTraders) throw new FunctionProblem("forbidden", cause.message);
    throw cause;
  }
}

async function change(parts: FunctionParts, call: FunctionCall): Promise<Response> {
  const id = idOf(call);
  const { market: named, ...asked } = await bodyOf(parts, call, readTraderChange);
  const before = foundOf(await call.tables.traders.read(ownerOf(call), id), call);
  const moves = named !== undefined && named !== before.market;
  const market = named ?? before.market;
  checkMarket(market, (asked.symbols === undefined ? before.symbols : asked.symbols) ?? []);
  // A version keeps the code, also where something else made it.
  if (asked.code === undefined && (moves || needsOther(before, asked) || asked.cooldownCandles !== undefined)) {
    call.caller.charge?.({ codeCharacters: before.code.length });
  }
  const changed = await checkedChange(parts, call, moves ? { ...asked, market } : asked, before);
  const begins =
    moves ||
    (changed.enabled === true && !before.enabled) ||
    (changed.triggerInterval !== undefined && changed.triggerInterval !== before.triggerInterval);
  if (begins || needsOther(before, changed)) await checkRunnable(parts, { ...before, ...changed }, before);
  const interval = changed.triggerInterval ?? before.triggerInterval;
  const after = begins ? await lastClose(parts, interval, market) : undefined;
  return json(foundOf(await call.tables.traders.update(ownerOf(call), id, changed, after), call));
}

async function enable(parts: FunctionParts, call: FunctionCall): Promise<Response> {
  const enabled = await bodyOf(parts, call, readEnabled);
  const before = foundOf(await call.tables.traders.read(ownerOf(call), idOf(call)), call);
  const begins = enabled && !before.enabled;
  if (begins) await checkRunnable(parts, before, before);
  const after = begins ? await lastClose(parts, before.triggerInterval, before.market) : undefined;
  return json(foundOf(await call.tables.traders.update(ownerOf(call), before.id, { enabled }, after), call));
}

async function validate(parts: FunctionParts, call: FunctionCall): Promise<Response> {
  const { code, ...asked } = await bodyOf(parts, call, readValidation);
  const found = await check(parts, call, code, asked);
  return json({ valid: found.errors.length === 0, ...found } satisfies ValidateAnswer);
}

/** Whether a change asks for other intervals or symbols than before; the same ones may be given again. */
function needsOther(before: Trader, changed: Partial<NewTrader>): boolean {
  return (["timeframes", "triggerInterval", "symbols"] as const).some(
    (name) => changed[name] !== undefined && String(changed[name]) !== String(before[name]),
  );
}

/**
 * A trader that can never run isn't made or switched on. Nor is one taken with a symbol that isn't followed, unless it was named `before`:
 * symbols are delisted, and may come back.
 */
async function checkRunnable(
  { offer, markets }: FunctionParts,
  trader: TraderNeeds,
  before?: TraderNeeds,
): Promise<void> {
  const [served, known] = await Promise.all([markets(), offer(trader.market)]);
  const why = unrunnableWhy(trader, known, served);
  if (why !== undefined) throw new FunctionProblem("invalid_parameter", why);
  const absent = (trader.symbols ?? []).filter(
    (symbol) => known?.symbols.has(symbol) === false && before?.symbols?.includes(symbol) !== true,
  );
  if (absent.length > 0) throw new FunctionProblem("invalid_parameter", unfollowedWhy(absent));
}

/** A change with the intervals that it means: new code reads those that it names, unless they are declared with it. */
async function checkedChange(
  parts: FunctionParts,
  call: FunctionCall,
  change: TraderChange,
  before: Trader,
): Promise<TraderChange> {
  const { timeframes, market = before.market } = change;
  if (change.code === undefined) {
    const lacksColumns = market !== before.market && unknownColumnsOf(market).size > 0;
    if (timeframes !== undefined || lacksColumns) await checkFilter(parts, call, before.code, { timeframes, market });
    return change;
  }
  const found = await checkFilter(parts, call, change.code, { timeframes, market });
  return change.timeframes !== undefined || found === null ? change : { ...change, timeframes: found };
}

/** A filter that can't be one isn't kept. Gives back the intervals that its code names; null where it doesn't show them. */
async function checkFilter(
  parts: FunctionParts,
  call: FunctionCall,
  code: string,
  asked: AskedOfFilter,
): Promise<FilterCheck["timeframes"]> {
  const found = await check(parts, call, code, asked);
  const [fault] = found.errors;
  if (fault === undefined) return found.timeframes;
  const place = fault.line === undefined ? "" : `line ${fault.line}, column ${fault.column ?? 1}: `;
  throw new FunctionProblem("invalid_parameter", `code: ${place}${fault.message}`);
}

async function check(
  { screener }: FunctionParts,
  call: FunctionCall,
  code: string,
  { timeframes, market, symbols }: AskedOfFilter,
): Promise<FilterCheck> {
  call.caller.charge?.({ codeCharacters: code.length });
  return await screener.check(code, { timeframes, market, symbols }, askerOf(call));
}

/** A trader runs at the closes after the last one. While that isn't known (null), it begins with the first close that is announced. */
async function lastClose(
  { market: source }: FunctionParts,
  interval: Interval,
  market: MarketId | undefined,
): Promise<UnixMs | null> {
  try {
    return (await source.closes(undefined, market))[interval]?.closeTime ?? null;
  } catch {
    return null;
  }
}

function askerOf({ caller, request: { signal } }: FunctionCall): CheckCaller {
  return { caller: caller.share ?? caller.owner, signal };
}
