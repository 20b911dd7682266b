import { ClientError } from "../../client/mod.ts";
import { InvalidInput, VyxError, withoutAddresses } from "../../core/mod.ts";
import { FilterCodeFault } from "../../strategy/mod.ts";
import { PROBLEM_TYPE, PROBLEMS, type ProblemCode, problem, RETRY_AFTER_SECONDS } from "../../wire/mod.ts";
import { DatabaseUnreachable } from "../database.ts";
import { ScreenerBusy, TooManyChecks } from "../ports.ts";
import { FunctionProblem, UnreadFunctionBody } from "./caller.ts";

/** An answer as JSON. `replacer`: as of `JSON.stringify`. */
export function json(value: unknown, status = 200, replacer?: (name: string, value: unknown) => unknown): Response {
  return new Response(JSON.stringify(value, replacer), {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
  });
}

/** What went wrong, as an answer; undefined for what is a mistake of ours. */
export function failureAnswer(cause: unknown, requestId: string): Response | undefined {
  if (cause instanceof UnreadFunctionBody) {
    return problemAnswer(cause.code, cause.message, requestId, { connection: "close" });
  }
  if (cause instanceof FunctionProblem) {
    return problemAnswer(cause.code, cause.message, requestId, retryAfter(cause.retryAfterSeconds));
  }
  if (cause instanceof InvalidInput) return problemAnswer("invalid_parameter", cause.message, requestId);
  if (cause instanceof DatabaseUnreachable) {
    return problemAnswer("not_ready", withoutAddresses(cause.message), requestId, retryAfter(RETRY_AFTER_SECONDS.full));
  }
  if (cause instanceof TooManyChecks)
    return problemAnswer("rate_limited", cause.message, requestId, retryAfter(RETRY_AFTER_SECONDS.own));
  // Of a trader that is run by hand: nothing that trying again would mend.
  if (cause instanceof FilterCodeFault) return problemAnswer("invalid_parameter", cause.message, requestId);
  if (!(cause instanceof VyxError)) return undefined;
  const code = cause.code as ProblemCode;
  // What the market's server refused, the caller is told as if it had been asked itself.
  const status = Object.hasOwn(PROBLEMS, code) ? PROBLEMS[code].status : 503;
  if (status === 400 || status === 404) return problemAnswer(code, cause.message, requestId);
  const error = withoutAddresses(cause.message);
  return new Response(JSON.stringify({ error, fallback: true, code: "not_ready", requestId }), {
    status: 503,
    headers: {
      "content-type": "application/json",
      "cache-control": "no-store",
      ...retryAfter(retrySecondsOf(cause) ?? RETRY_AFTER_SECONDS.full),
    },
  });
}

/** When the market's server said that it can be asked again, in seconds. */
function retrySecondsOf(cause: VyxError): number | undefined {
  const isTold = cause instanceof ClientError || cause instanceof ScreenerBusy;
  return isTold && cause.retryAfterMs !== undefined ? Math.ceil(cause.retryAfterMs / 1_000) : undefined;
}

/** An error answer for a code. */
export function problemAnswer(
  code: ProblemCode,
  detail: string,
  requestId: string,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(JSON.stringify(problem(code, detail, requestId)), {
    status: PROBLEMS[code].status,
    headers: { "content-type": PROBLEM_TYPE, "cache-control": "no-store", ...headers },
  });
}

function retryAfter(seconds: number | undefined): Readonly<Record<string, string>> {
  return seconds === undefined ? {} : { "retry-after": String(seconds) };
}
