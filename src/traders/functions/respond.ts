import { ClientError } from "../../client/mod.ts";
import {
  BodyTooLarge,
  boundedBody,
  type Clock,
  InvalidInput,
  millis,
  VyxError,
  withoutAddresses,
} from "../../core/mod.ts";
import { FilterCodeFault } from "../../strategy/mod.ts";
import {
  BODY_WITHIN_MS,
  contentCodingFault,
  PROBLEM_TYPE,
  PROBLEMS,
  type ProblemCode,
  problem,
  RETRY_AFTER_SECONDS,
} from "../../wire/mod.ts";
import { DatabaseUnreachable } from "../database.ts";
import { ScreenerBusy, TooManyChecks } from "../ports.ts";
import { FunctionProblem, UnreadFunctionBody } from "./caller.ts";
import type { FunctionCall, FunctionParts } from "./functions.ts";

/** The largest body that a function reads, in bytes: a filter with 2,000 symbols fits. */
export const MAX_FUNCTION_BODY_BYTES: number = 128 * 1024;

/** An answer as JSON. */
export function json(value: unknown, status = 200): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { "content-type": "application/json", "cache-control": "no-store" },
  });
}

/**
 * Reads a JSON body and checks it with `read`. Throws InvalidInput for what is wrong in it, and {@link FunctionProblem}: `payload_too_large`,
 * `unsupported_media_type`, or `invalid_parameter` for one that broke off or isn't complete after {@link BODY_WITHIN_MS}.
 */
export async function bodyOf<Body>(
  { clock }: Pick<FunctionParts, "clock">,
  { request, caller }: Pick<FunctionCall, "request" | "caller">,
  read: (body: unknown) => Body,
): Promise<Body> {
  const bytes = await boundedBytes(request, clock);
  const work = (): Body => read(parsed(new TextDecoder().decode(bytes)));
  return caller.inTurn === undefined ? work() : await caller.inTurn(bytes.byteLength, work);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new InvalidInput(text === "" ? "the body is empty: expected JSON" : "the body is not JSON", { cause });
  }
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

/** Stops reading past the bounds of size and time, whatever the request says about its length. */
async function boundedBytes({ body, headers }: Request, clock: Pick<Clock, "sleep">): Promise<Uint8Array> {
  const fault = contentCodingFault(headers.get("content-encoding"));
  if (fault !== undefined) throw new FunctionProblem("unsupported_media_type", fault);
  const [late, arrived] = [new AbortController(), new AbortController()];
  clock.sleep(millis(BODY_WITHIN_MS), arrived.signal).then(
    () => late.abort(),
    () => {},
  );
  try {
    return await boundedBody(body, MAX_FUNCTION_BODY_BYTES, late.signal);
  } catch (cause) {
    if (cause instanceof BodyTooLarge) {
      throw new UnreadFunctionBody("payload_too_large", `the body is larger than ${MAX_FUNCTION_BODY_BYTES} bytes`);
    }
    const seconds = BODY_WITHIN_MS / 1_000;
    const detail = late.signal.aborted ? `the body wasn't complete after ${seconds} s` : "the body broke off";
    throw new UnreadFunctionBody("invalid_parameter", detail);
  } finally {
    arrived.abort();
  }
}
