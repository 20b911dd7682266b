import { VyxError } from "../core/mod.ts";
import { PROBLEM_TYPE, PROBLEMS, type ProblemCode, problem } from "../wire/mod.ts";

/** A request that can't be met; becomes an error answer. `message` says what was wrong and what would be right. */
export class RequestProblem extends VyxError {
  readonly code: ProblemCode;
  readonly retryable: boolean;

  constructor(code: ProblemCode, detail: string) {
    super(detail);
    this.code = code;
    this.retryable = PROBLEMS[code].status >= 500 || code === "rate_limited";
  }
}

/** The error answer for a code. */
export function problemResponse(
  code: ProblemCode,
  detail: string,
  requestId: string,
  headers: Record<string, string> = {},
): Response {
  return new Response(JSON.stringify(problem(code, detail, requestId)), {
    status: PROBLEMS[code].status,
    headers: { "content-type": PROBLEM_TYPE, "x-request-id": requestId, ...headers },
  });
}
