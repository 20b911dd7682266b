import { BodyTooLarge, boundedBody, InvalidInput, VyxError, withoutAddresses } from "../../core/mod.ts";
import { FilterCodeFault } from "../../strategy/mod.ts";
import { PROBLEM_TYPE, PROBLEMS, type ProblemCode, problem, RETRY_AFTER_SECONDS } from "../../wire/mod.ts";
import { DatabaseUnreachable } from "../database.ts";
import { TooManyChecks } from "../ports.ts";
import { FunctionProblem } from "./caller.ts";

/** The largest body that a function reads, in bytes: a filter with 2,000 symbols fits. */
export const MAX_FUNCTION_BODY_BYTES: number = 256 * 1024;

/** An answer as JSON. */
export function json(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
  });
}

/** Reads a JSON body. Throws {@link FunctionProblem} `payload_too_large`, or InvalidInput. */
export async function bodyOf(request: Request): Promise<unknown> {
  const text = await boundedText(request);
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidInput(text === "" ? "the body is empty: expected JSON" : "the body is not JSON", { cause });
  }
}

/** What went wrong, as an answer; undefined for what is a mistake of ours. */
export function failureAnswer(cause: unknown, requestId: string): Response | undefined {
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
      ...retryAfter(RETRY_AFTER_SECONDS.full),
    },
  });
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

/** Stops reading past the bound, whatever the request says about its length. */
async function boundedText({ body }: Request): Promise<string> {
  try {
    return new TextDecoder().decode(await boundedBody(body, MAX_FUNCTION_BODY_BYTES));
  } catch (cause) {
    if (!(cause instanceof BodyTooLarge)) throw cause;
    throw new FunctionProblem("payload_too_large", `the body is larger than ${MAX_FUNCTION_BODY_BYTES} bytes`);
  }
}
