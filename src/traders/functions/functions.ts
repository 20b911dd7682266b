import type { Clock, MarketId, Stopwatch } from "../../core/mod.ts";
import { CLIENT_GONE, type FunctionName, givenRequestId, ownRequestId } from "../../wire/mod.ts";
import type { TraderEngine } from "../engine.ts";
import type { MarketDataSource, MarketOffer, PerformanceSource, Screener } from "../ports.ts";
import type { FunctionTables } from "./call-tables.ts";
import type { Authorize, FunctionCaller } from "./caller.ts";
import { FunctionProblem } from "./caller.ts";
import { corsHeaders, preflightAnswer } from "./cors.ts";
import type { DatabaseCaller } from "./database-turns.ts";
import { type Deliverer, destinations } from "./destinations.ts";
import { executeTrader } from "./execute-trader.ts";
import { getKlines } from "./get-klines.ts";
import { type AlertWatcher, priceAlerts } from "./price-alerts.ts";
import { failureAnswer, problemAnswer } from "./respond.ts";
import { signals } from "./signals.ts";
import { traders } from "./traders.ts";
import { triggerExecutions } from "./trigger-executions.ts";

/** What the functions are made of. */
export interface FunctionParts {
  /** The database as a caller may use it, in turn with the others. */
  readonly tables: (by: DatabaseCaller) => FunctionTables;
  readonly engine: TraderEngine;
  readonly market: MarketDataSource;
  /** Compares outcomes with the baseline; undefined where nothing does. */
  readonly performances?: PerformanceSource | undefined;
  /** Stores outcomes that are due, within bounds; undefined where the host does so. May reject with VyxErrors. */
  readonly fill?: (() => Promise<void>) | undefined;
  /** What a market has, the source's first one unless said, as far as it is known. Never rejects. */
  readonly offer: (market?: MarketId) => Promise<MarketOffer | undefined>;
  /** The source's markets, the first one first, as far as they are known. Never rejects. */
  readonly markets: () => Promise<readonly MarketId[] | undefined>;
  readonly screener: Screener;
  /** Sends messages about signals and price alerts; left out where nobody here does. */
  readonly deliverer?: Deliverer | undefined;
  /** Watches the market for price alerts; left out where nobody here does. */
  readonly alerts?: AlertWatcher | undefined;
  readonly clock: Clock;
  readonly stopwatch: Stopwatch;
  /** Web origins that may call; `*` for all, none when empty. */
  readonly origins: readonly string[];
  readonly authorize: Authorize;
  /** Told what went wrong inside while a request was answered. */
  readonly onError: (requestId: string, cause: unknown) => void;
}

/** One request of one function, as far as it is right. */
export interface FunctionCall {
  readonly request: Request;
  readonly url: URL;
  /** What the path says behind the function's name. */
  readonly rest: readonly string[];
  readonly caller: FunctionCaller;
  /** The database, in the caller's turn. */
  readonly tables: FunctionTables;
}

/** Answers a call. May throw FunctionProblem, InvalidInput and every VyxError. */
export type FunctionHandler = (parts: FunctionParts, call: FunctionCall) => Promise<Response>;

/**
 * Answers requests to a function. Never rejects. `caller` where whoever hosts the functions knows already who calls, and
 * `requestId` where it has named the request.
 */
export type Functions = (
  name: FunctionName,
  request: Request,
  caller?: FunctionCaller,
  requestId?: string,
) => Promise<Response>;

interface FunctionDefinition {
  readonly handler: FunctionHandler;
  readonly methods: readonly string[];
  readonly serviceOnly: boolean;
}

const DEFINITIONS: Readonly<Record<FunctionName, FunctionDefinition>> = {
  "get-klines": { handler: getKlines, methods: ["POST"], serviceOnly: false },
  "execute-trader": { handler: executeTrader, methods: ["POST"], serviceOnly: true },
  "trigger-executions": { handler: triggerExecutions, methods: ["GET", "POST"], serviceOnly: true },
  traders: { handler: traders, methods: ["GET", "POST", "PATCH", "DELETE"], serviceOnly: false },
  destinations: { handler: destinations, methods: ["GET", "POST", "PATCH", "DELETE"], serviceOnly: false },
  "price-alerts": { handler: priceAlerts, methods: ["GET", "POST", "PATCH", "DELETE"], serviceOnly: false },
  signals: { handler: signals, methods: ["GET"], serviceOnly: false },
};

/** Puts the functions together. */
export function createFunctions(parts: FunctionParts): Functions {
  return async (name, request, caller, known) => {
    const requestId = known ?? requestIdOf(request);
    const response = await answer(parts, name, request, requestId, caller);
    response.headers.set("x-request-id", requestId);
    for (const [header, value] of corsHeaders(request, parts.origins)) response.headers.set(header, value);
    return response;
  };
}

async function answer(
  parts: FunctionParts,
  name: FunctionName,
  request: Request,
  requestId: string,
  known: FunctionCaller | undefined,
): Promise<Response> {
  const { handler, methods, serviceOnly } = DEFINITIONS[name];
  if (request.method === "OPTIONS") return preflightAnswer(request, methods);
  if (!methods.includes(request.method)) {
    const detail = `${request.method} is not for ${name}: expected ${methods.join(", ")}`;
    return problemAnswer("method_not_allowed", detail, requestId, { allow: [...methods, "OPTIONS"].join(", ") });
  }
  try {
    const caller = known ?? (await parts.authorize(request));
    if (serviceOnly && !caller.isService) throw new FunctionProblem("forbidden", `${name} needs the service key`);
    const url = new URL(request.url);
    const tables = parts.tables({ share: caller.share ?? caller.owner, signal: request.signal });
    return await handler(parts, { request, url, rest: restOf(url, name), caller, tables });
  } catch (cause) {
    if (request.signal.aborted) return new Response(null, { status: CLIENT_GONE });
    const failure = failureAnswer(cause, requestId);
    if (failure !== undefined) return failure;
    parts.onError(requestId, cause);
    return problemAnswer("internal", "something went wrong inside; the request's id finds it in the log", requestId);
  }
}

/** Hosts put the functions under paths of their own: what counts is what follows the name. */
function restOf(url: URL, name: FunctionName): string[] {
  const parts = url.pathname.split("/").filter(Boolean);
  return parts.slice(parts.indexOf(name) + 1);
}

/** The caller's id if it sent a sane one, else one of our own. */
export function requestIdOf(request: Request): string {
  return givenRequestId(request.headers.get("x-request-id")) ?? ownRequestId("functions", crypto.randomUUID());
}
