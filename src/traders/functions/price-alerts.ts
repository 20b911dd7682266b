import { InvalidInput, type Symbol, type UnixMs } from "../../core/mod.ts";
import {
  type AlertCondition,
  type AlertEventsAnswer,
  MAX_ROWS,
  type PriceAlert,
  type PriceAlertChange,
  type PriceAlertsAnswer,
  readAlertEventsQuery,
  readNewPriceAlert,
  readPriceAlertChange,
  readPriceAlertId,
} from "../../wire/mod.ts";
import { type Arming, TooManyAlerts, UnknownDestination } from "../price-alerts-table.ts";
import { FunctionProblem } from "./caller.ts";
import type { FunctionCall, FunctionParts } from "./functions.ts";
import { bodyOf } from "./request-body.ts";
import { json } from "./respond.ts";
import { foundOf, ownerOf } from "./trader-call.ts";

/** Watches the market for price alerts, where this process does so. */
export interface AlertWatcher {
  /** Market time now, and on which side of its level the price is. */
  arming(symbol: Symbol, condition: AlertCondition): Arming;
  /** Why such an alert could never fire here, in words; undefined where it could. */
  refusal(symbol: Symbol, condition: AlertCondition): string | undefined;
  /** Why it can't fire now, in words; undefined where it can. */
  problem(symbol: Symbol, condition: AlertCondition): string | undefined;
  /** Alerts were made, changed or deleted: looks at once. */
  changed(deleted?: string): void;
}

/**
 * `price-alerts`: `GET` lists, `POST` creates, `GET /{id}` reads, `PATCH /{id}` changes, switches off and arms anew, `DELETE /{id}` deletes, `GET
 * /events` lists what fired.
 */
export async function priceAlerts(parts: FunctionParts, call: FunctionCall): Promise<Response> {
  const { request, rest } = call;
  switch (`${request.method} ${routeOf(rest)}`) {
    case "GET ": {
      call.caller.charge?.({ rows: MAX_ROWS });
      const rows = await call.tables.priceAlerts.list(ownerOf(call));
      const alerts = rows.map((alert) => withProblem(parts, alert));
      return json({ count: alerts.length, alerts } satisfies PriceAlertsAnswer);
    }
    case "POST ":
      return await create(parts, call);
    case "GET events":
      return await events(call);
    case "GET {id}":
      return json(withProblem(parts, found(await call.tables.priceAlerts.read(ownerOf(call), idOf(call)), call)));
    case "PATCH {id}":
      return await change(parts, call);
    case "DELETE {id}": {
      const id = idOf(call);
      if (!(await call.tables.priceAlerts.delete(ownerOf(call), id))) found(undefined, call);
      parts.alerts?.changed(id);
      return new Response(null, { status: 204 });
    }
    default:
      throw new FunctionProblem(
        "not_found",
        `there is no ${request.method} price-alerts/${rest.join("/").slice(0, 80)}: expected GET, POST, GET events, GET, PATCH and DELETE {id}`,
      );
  }
}

/** A path as routes name it, with `{id}` in place of an alert's; "?" for one that is longer than any. */
function routeOf([first, ...more]: readonly string[]): string {
  if (more.length > 0) return "?";
  return first === undefined ? "" : first === "events" ? first : "{id}";
}

async function create(parts: FunctionParts, call: FunctionCall): Promise<Response> {
  const watcher = watcherOf(parts);
  const asked = await bodyOf(parts, call, readNewPriceAlert);
  const arming = armingOf(watcher, asked.symbol, asked.condition, asked.expiresAt);
  const made = await refusable(() => call.tables.priceAlerts.create(call.caller.owner, asked, arming));
  watcher.changed();
  return json(withProblem(parts, made), 201);
}

async function change(parts: FunctionParts, call: FunctionCall): Promise<Response> {
  const watcher = watcherOf(parts);
  const asked = await bodyOf(parts, call, readPriceAlertChange);
  const id = idOf(call);
  const before = found(await call.tables.priceAlerts.read(ownerOf(call), id), call);
  const arming = isArming(asked) ? rearmed(watcher, before, asked) : undefined;
  if (arming === undefined) checkEnd(asked.expiresAt, watcher.arming(before.symbol, before.condition).armedAt);
  const changed = await refusable(() => call.tables.priceAlerts.update(ownerOf(call), id, asked, arming));
  watcher.changed();
  return json(withProblem(parts, found(changed, call)));
}

/** Whether a change makes the alert watch anew. */
function isArming({ active, condition, symbol }: PriceAlertChange): boolean {
  return active !== false && (active === true || condition !== undefined || symbol !== undefined);
}

function rearmed(watcher: AlertWatcher, before: PriceAlert, asked: PriceAlertChange): Arming {
  const { symbol, condition, expiresAt } = { ...before, ...asked };
  return armingOf(watcher, symbol, condition, expiresAt);
}

/** Throws {@link InvalidInput} for an alert that could never fire. */
function armingOf(watcher: AlertWatcher, symbol: Symbol, condition: AlertCondition, expiresAt: UnixMs | null): Arming {
  const refusal = watcher.refusal(symbol, condition);
  if (refusal !== undefined) throw new InvalidInput(refusal);
  const arming = watcher.arming(symbol, condition);
  checkEnd(expiresAt, arming.armedAt);
  return arming;
}

/** Throws {@link InvalidInput} for an end that is over. `now`: market time. */
function checkEnd(expiresAt: UnixMs | null | undefined, now: UnixMs): void {
  if (typeof expiresAt === "number" && expiresAt <= now)
    throw new InvalidInput("expiresAt: expected a moment in the future, in Unix milliseconds, or null");
}

async function refusable<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof TooManyAlerts) throw new FunctionProblem("forbidden", cause.message);
    if (cause instanceof UnknownDestination) throw new InvalidInput(`destinationId: ${cause.message}`);
    throw cause;
  }
}

async function events(call: FunctionCall): Promise<Response> {
  const query = readAlertEventsQuery(call.url.searchParams);
  call.caller.charge?.({ rows: query.limit });
  const { events: rows, cursor } = await call.tables.priceAlerts.events(ownerOf(call), query);
  return json({ count: rows.length, events: rows, cursor } satisfies AlertEventsAnswer);
}

function withProblem({ alerts }: FunctionParts, alert: PriceAlert): PriceAlert {
  if (alert.state !== "active" || alert.problem !== null) return alert;
  const problem = alerts === undefined ? NOBODY_WATCHES : alerts.problem(alert.symbol, alert.condition);
  return { ...alert, problem: problem ?? null };
}

const NOBODY_WATCHES =
  "no server watches price alerts here: expected a Vyx server with the traders in it (vyx serve --database-url …)";

/** Throws {@link FunctionProblem} where nobody here watches: alerts would never fire. */
function watcherOf({ alerts }: FunctionParts): AlertWatcher {
  if (alerts !== undefined) return alerts;
  throw new FunctionProblem("not_found", NOBODY_WATCHES);
}

function idOf({ rest }: FunctionCall): string {
  return readPriceAlertId(rest[0] ?? "");
}

function found<T>(value: T | undefined, call: FunctionCall): T {
  return foundOf(value, call, "price alert");
}
