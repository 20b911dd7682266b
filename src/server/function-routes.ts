import * as v from "valibot";
import { INTERVALS } from "../core/mod.ts";
import { type FunctionCaller, FunctionProblem, type Functions, MAX_FUNCTION_BODY_BYTES } from "../traders/mod.ts";
import {
  DESTINATION_BODIES,
  destinationSchemas,
  executeAnswerSchema,
  executeRequestSchema,
  executionsSchema,
  type FunctionName,
  klinesAnswerSchema,
  klinesRequestSchema,
  listedTraderSchema,
  MAX_ROWS,
  PRICE_ALERT_BODIES,
  performanceSchema,
  priceAlertSchemas,
  type Scope,
  signalsSchema,
  TRADER_BODIES,
  traderSchema,
  tradersSchema,
  triggerAnswerSchemas,
  triggerRequestSchema,
  validateSchema,
  versionsSchema,
} from "../wire/mod.ts";
import type { WholeAnswer } from "./answer.ts";
import type { Caller } from "./caller.ts";
import { inPath, optional, type Parameter } from "./parameter.ts";
import { functionPrice } from "./prices.ts";
import { RequestProblem } from "./problem.ts";
import { type Method, type Route, route } from "./route.ts";

/** Where the functions are, as Supabase has them. */
const BASE = "/functions/v1";

/** A member of a query, which the function reads itself. */
function text(says: string, expected: string, shape: v.GenericSchema = v.string()): Parameter<string | undefined> {
  return optional("text", v.string(), undefined, { says, expected, shape });
}

const cursor = text("where the next page begins", "the cursor of the answer before");
const limit = text(
  "how many rows a page has at most; 50 unless given",
  `a whole number from 1 to ${MAX_ROWS}`,
  v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(MAX_ROWS)),
);
const PAGE = { cursor, limit };

const MOMENT = "Unix milliseconds such as 1760000000000, or ISO 8601 such as 2026-02-10T00:00Z";

const TRADERS_QUERY = {
  enabled: text("only traders that are on, or off", "true or false", v.boolean()),
  ...PAGE,
};
const PERFORMANCE_QUERY = {
  version: text(
    "the version whose signals they are; the present one unless given",
    "a whole number from 1 on",
    v.pipe(v.number(), v.integer(), v.minValue(1)),
  ),
  feesPercent: text(
    "what buying and selling cost together, in percent; 0 unless given",
    "a number from 0 to 10",
    v.pipe(v.number(), v.minValue(0), v.maxValue(10)),
  ),
};
const SIGNALS_QUERY = {
  traderId: text("only this trader's", "a trader's id", v.pipe(v.string(), v.uuid())),
  symbol: text("only this symbol's", "letters and digits such as BTCUSDT"),
  search: text("a part of the symbol's or the trader's name", "a text such as btc, or up to 20 between commas"),
  interval: text("only this interval's", `one of ${INTERVALS.join(", ")}`, v.picklist(INTERVALS)),
  from: text("close time of the first one, included", MOMENT),
  to: text("close time of the last one, included", MOMENT),
  ...PAGE,
};
const EVENTS_QUERY = {
  alertId: text("only this price alert's", "a price alert's id", v.pipe(v.string(), v.uuid())),
  ...PAGE,
};

/** What a route of a function says of itself for the contract: the function reads and checks its request itself. */
interface FunctionCall {
  readonly says: string;
  readonly scope?: Scope;
  readonly query?: Readonly<Record<string, Parameter<string | undefined>>>;
  readonly body?: v.GenericSchema;
  readonly status?: number;
  /** Undefined for a 204. */
  readonly answer?: v.GenericSchema;
}

/**
 * The functions as routes of this server. The scope `admin` takes the place of the service key. `symbols`: how many the market has, for prices.
 */
export function functionRoutes(functions: Functions, symbols: () => number): Route[] {
  const one = (name: FunctionName, method: Method, rest: string, call: FunctionCall): Route => {
    const { says, scope = "trade", query = {}, body, status = 200, answer } = call;
    return route({
      method,
      path: `${BASE}/${name}${rest}`,
      says,
      scope,
      maxBodyBytes: MAX_FUNCTION_BODY_BYTES,
      parameters: { ...(rest.startsWith("/{id}") ? { id: idOf(name) } : {}), ...query },
      ...(body === undefined ? {} : { ownBody: body }),
      answers: {
        [status]: answer === undefined ? { says: "done" } : { says: "docs/functions.md describes it", schema: answer },
      },
      handle: async ({ request, requestId, caller, charge, inTurn }) => {
        const charged = { ...functionCallerOf(caller), charge: chargeOf(charge, symbols()), inTurn };
        return await countable(await functions(name, request, charged, requestId));
      },
    });
  };
  return [...runRoutes(one), ...traderRoutes(one), ...destinationRoutes(one), ...alertRoutes(one)];
}

type MakeRoute = (name: FunctionName, method: Method, rest: string, call: FunctionCall) => Route;

function runRoutes(one: MakeRoute): Route[] {
  const { run, look } = triggerAnswerSchemas();
  return [
    one("get-klines", "POST", "", {
      says: "A series and its ticker",
      body: klinesRequestSchema,
      answer: klinesAnswerSchema(),
    }),
    one("execute-trader", "POST", "", {
      says: "Runs one trader at one close",
      scope: "admin",
      body: executeRequestSchema,
      answer: executeAnswerSchema(),
    }),
    one("trigger-executions", "GET", "", {
      says: "When missed closes were last looked for",
      scope: "admin",
      answer: look,
    }),
    one("trigger-executions", "POST", "", {
      says: "Reports a close, or looks for missed ones",
      scope: "admin",
      body: triggerRequestSchema,
      answer: run,
    }),
  ];
}

function traderRoutes(one: MakeRoute): Route[] {
  const { create, change, enable, validate } = TRADER_BODIES;
  return [
    one("traders", "GET", "", {
      says: "The caller's traders, newest first",
      query: TRADERS_QUERY,
      answer: tradersSchema,
    }),
    one("traders", "POST", "", { says: "Makes a trader", body: create, status: 201, answer: traderSchema }),
    one("traders", "POST", "/validate", {
      says: "Checks a filter and stores nothing",
      body: validate,
      answer: validateSchema,
    }),
    one("traders", "GET", "/{id}", { says: "One trader", answer: listedTraderSchema }),
    one("traders", "PATCH", "/{id}", {
      says: "Changes a trader: members that aren't given stay as they are",
      body: change,
      answer: traderSchema,
    }),
    one("traders", "DELETE", "/{id}", { says: "Deletes a trader with its signals", status: 204 }),
    one("traders", "POST", "/{id}/enable", {
      says: "Switches a trader on or off",
      body: enable,
      answer: traderSchema,
    }),
    one("traders", "GET", "/{id}/versions", {
      says: "What a trader was, newest version first",
      query: PAGE,
      answer: versionsSchema,
    }),
    one("traders", "GET", "/{id}/executions", {
      says: "A trader's runs that ended, the newest close first",
      query: PAGE,
      answer: executionsSchema,
    }),
    one("traders", "GET", "/{id}/performance", {
      says: "The outcomes of a trader's signals beside the baseline; docs/backtests.md describes both",
      query: PERFORMANCE_QUERY,
      answer: performanceSchema,
    }),
    one("signals", "GET", "", {
      says: "The signals of the caller's traders, newest first; as comma-separated values with Accept: text/csv",
      query: SIGNALS_QUERY,
      answer: signalsSchema,
    }),
  ];
}

function destinationRoutes(one: MakeRoute): Route[] {
  const { create, change, confirm, again } = DESTINATION_BODIES;
  const answers = destinationSchemas();
  return [
    one("destinations", "GET", "", {
      says: "Where the caller's signals are sent to, oldest first; docs/messages.md describes destinations",
      answer: answers.list,
    }),
    one("destinations", "POST", "", {
      says: "Makes a destination; a webhook's secret is in this answer only",
      body: create,
      status: 201,
      answer: answers.made,
    }),
    one("destinations", "GET", "/{id}", { says: "One destination", answer: answers.one }),
    one("destinations", "PATCH", "/{id}", {
      says: "Changes a destination: members that aren't given stay as they are",
      body: change,
      answer: answers.made,
    }),
    one("destinations", "DELETE", "/{id}", { says: "Deletes a destination with its messages", status: 204 }),
    one("destinations", "POST", "/{id}/test", {
      says: "Sends a test message, and says what the receiver answered",
      answer: answers.test,
    }),
    one("destinations", "POST", "/{id}/confirm", {
      says: "Confirms an e-mail address with the code that was mailed to it",
      body: confirm,
      answer: answers.one,
    }),
    one("destinations", "POST", "/{id}/code", {
      says: "Mails another code to an e-mail address that isn't confirmed yet",
      answer: answers.test,
    }),
    one("destinations", "POST", "/{id}/again", {
      says: "Sends a delivery again that was given up",
      body: again,
      answer: answers.one,
    }),
    one("destinations", "GET", "/{id}/deliveries", {
      says: "A destination's messages, newest first",
      query: PAGE,
      answer: answers.deliveries,
    }),
  ];
}

function alertRoutes(one: MakeRoute): Route[] {
  const { create, change } = PRICE_ALERT_BODIES;
  const answers = priceAlertSchemas();
  return [
    one("price-alerts", "GET", "", { says: "The caller's price alerts, newest first", answer: answers.list }),
    one("price-alerts", "POST", "", { says: "Makes a price alert", body: create, status: 201, answer: answers.one }),
    one("price-alerts", "GET", "/events", {
      says: "What the caller's price alerts fired, newest first",
      query: EVENTS_QUERY,
      answer: answers.events,
    }),
    one("price-alerts", "GET", "/{id}", { says: "One price alert", answer: answers.one }),
    one("price-alerts", "PATCH", "/{id}", {
      says: "Changes a price alert, switches it off or arms it anew",
      body: change,
      answer: answers.one,
    }),
    one("price-alerts", "DELETE", "/{id}", { says: "Deletes a price alert with its events", status: 204 }),
  ];
}

const NOUNS: Readonly<Partial<Record<FunctionName, string>>> = {
  destinations: "a destination's id",
  "price-alerts": "a price alert's id",
};

function idOf(name: FunctionName): Parameter<string> {
  const noun = NOUNS[name] ?? "a trader's id";
  return inPath(v.string(), { says: noun, expected: "a UUID", shape: v.pipe(v.string(), v.uuid()) });
}

/** Whose traders a caller means. */
export function functionCallerOf(caller: Caller): FunctionCaller {
  return {
    owner: caller.owner,
    isService: caller.scopes.has("admin"),
    // All tokens of a user share one bucket, and so its places.
    share: caller.bucket,
  };
}

/** One token is taken when a request comes, the rest of its price when the function knows what is to be done. */
function chargeOf(charge: (price: number) => void, symbols: number): NonNullable<FunctionCaller["charge"]> {
  return (work) => {
    try {
      charge(functionPrice(work, symbols));
    } catch (cause) {
      if (!(cause instanceof RequestProblem)) throw cause;
      throw new FunctionProblem(cause.code, cause.message, cause.retryAfterSeconds);
    }
  };
}

/** The answer as one of this server's own: its bytes count while they wait to be read, and show in log and metrics. */
async function countable({ status, headers, body }: Response): Promise<WholeAnswer> {
  if (body === null) return { status, headers, body, bytes: 0 };
  const bytes = new Uint8Array(await new Response(body).arrayBuffer());
  return { status, headers, body: bytes, bytes: bytes.byteLength };
}
