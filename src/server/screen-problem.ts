import { VyxError } from "../core/mod.ts";
import { RETRY_AFTER_SECONDS } from "../wire/mod.ts";
import { RequestProblem } from "./problem.ts";

/** Why a filter isn't run, in words where that is the request's own fault. Faults of ours are given back as they are. */
export function screenProblem(cause: unknown): unknown {
  if (!(cause instanceof VyxError) || cause instanceof RequestProblem) return cause;
  if (cause.code === "too_many_screens") {
    return new RequestProblem("rate_limited", cause.message, RETRY_AFTER_SECONDS.own);
  }
  if (cause.retryable) return new RequestProblem("not_ready", cause.message, RETRY_AFTER_SECONDS.full);
  return new RequestProblem("invalid_parameter", cause.message);
}
