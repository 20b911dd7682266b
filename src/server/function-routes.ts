import * as v from "valibot";
import { type FunctionCaller, FunctionProblem, type Functions, MAX_FUNCTION_BODY_BYTES } from "../traders/mod.ts";
import type { FunctionName, Scope } from "../wire/mod.ts";
import type { WholeAnswer } from "./answer.ts";
import type { Caller } from "./caller.ts";
import { inPath, optional, type Parameter } from "./parameter.ts";
import { functionPrice } from "./prices.ts";
import { RequestProblem } from "./problem.ts";
import { type Method, type Route, route } from "./route.ts";

/** Where the functions are, as Supabase has them. */
const BASE = "/functions/v1";

const ID: Parameter<string> = inPath(v.string(), { says: "the trader's id, or validate", expected: "a trader's id" });
const ACTION: Parameter<string> = inPath(v.string(), {
  says: "enable; with GET, versions, executions or performance",
  expected: "enable, versions, executions or performance",
});

/**
 * The functions as routes of this server. A function reads and checks its request itself, so the routes have no schemas. The scope
 * `admin` takes the place of the service key. `symbols`: how many the market has, for prices.
 */
export function functionRoutes(functions: Functions, symbols: () => number): Route[] {
  const one = (
    name: FunctionName,
    method: Method,
    rest: "" | "/{id}" | "/{id}/{action}",
    scope: Scope,
    says: string,
    { query = [], status = 200 }: { readonly query?: readonly string[]; readonly status?: number } = {},
  ): Route =>
    route({
      method,
      path: `${BASE}/${name}${rest}`,
      says,
      scope,
      maxBodyBytes: MAX_FUNCTION_BODY_BYTES,
      parameters: {
        ...(rest === "" ? {} : { id: ID }),
        ...(rest === "/{id}/{action}" ? { action: ACTION } : {}),
        ...Object.fromEntries(query.map((member) => [member, text(member)])),
      },
      answers: { [status]: { says: "described in docs/functions.md" } },
      handle: async ({ request, requestId, caller, charge, inTurn }) => {
        const charged = { ...functionCallerOf(caller), charge: chargeOf(charge, symbols()), inTurn };
        return await countable(await functions(name, request, charged, requestId));
      },
    });
  return [
    one("get-klines", "POST", "", "trade", "A series and its ticker"),
    one("execute-trader", "POST", "", "admin", "Runs one trader at one close"),
    one("trigger-executions", "GET", "", "admin", "When closes that nobody told were last looked for"),
    one("trigger-executions", "POST", "", "admin", "Tells a close, or has the last ones looked for"),
    one("traders", "GET", "", "trade", "The caller's traders, newest first", { query: ["enabled", "cursor", "limit"] }),
    one("traders", "POST", "", "trade", "Makes a trader", { status: 201 }),
    one("traders", "GET", "/{id}", "trade", "One trader"),
    one("traders", "PATCH", "/{id}", "trade", "Changes a trader"),
    one("traders", "DELETE", "/{id}", "trade", "Deletes a trader with its signals", { status: 204 }),
    one("traders", "POST", "/{id}", "trade", "With validate in place of an id: reads a filter without keeping it"),
    one("traders", "POST", "/{id}/{action}", "trade", "With enable: switches a trader on or off"),
    one("destinations", "GET", "", "trade", "Where the caller's signals are sent to, oldest first"),
    one("destinations", "POST", "", "trade", "Makes a destination for signals", { status: 201 }),
    one("destinations", "GET", "/{id}", "trade", "One destination"),
    one("destinations", "PATCH", "/{id}", "trade", "Changes a destination"),
    one("destinations", "DELETE", "/{id}", "trade", "Deletes a destination with its messages", { status: 204 }),
    one(
      "destinations",
      "POST",
      "/{id}/{action}",
      "trade",
      "With test: sends a test message; confirm: confirms an e-mail address; code: mails another code; again: sends what was given up",
    ),
    one("destinations", "GET", "/{id}/{action}", "trade", "With deliveries: its messages, newest first", {
      query: ["cursor", "limit"],
    }),
    one("price-alerts", "GET", "", "trade", "The caller's price alerts, newest first"),
    one("price-alerts", "POST", "", "trade", "Makes a price alert", { status: 201 }),
    one(
      "price-alerts",
      "GET",
      "/{id}",
      "trade",
      "One price alert; with events in place of an id: what fired, newest first",
      {
        query: ["alertId", "cursor", "limit"],
      },
    ),
    one("price-alerts", "PATCH", "/{id}", "trade", "Changes a price alert, switches it off or arms it anew"),
    one("price-alerts", "DELETE", "/{id}", "trade", "Deletes a price alert with its events", { status: 204 }),
    one(
      "traders",
      "GET",
      "/{id}/{action}",
      "trade",
      "With versions: what it was; with executions: its runs; with performance: its outcomes",
      {
        query: ["cursor", "limit", "version", "feesPercent"],
      },
    ),
    one("signals", "GET", "", "trade", "The signals of the caller's traders, newest first", {
      query: ["traderId", "symbol", "search", "interval", "from", "to", "cursor", "limit"],
    }),
  ];
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

function text(name: string): Parameter<string | undefined> {
  return optional("text", v.string(), undefined, { says: `see docs/functions.md`, expected: `a ${name}` });
}
