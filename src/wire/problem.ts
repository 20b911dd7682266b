import type { ProblemCode } from "./problem-codes.ts";

/** Every `code` of an error answer with its HTTP status and title. Errors are RFC 9457 `application/problem+json`. */
export const PROBLEMS: Readonly<Record<ProblemCode, { readonly status: number; readonly title: string }>> = {
  invalid_parameter: { status: 400, title: "Invalid parameter" },
  unauthorized: { status: 401, title: "Unauthorized" },
  forbidden: { status: 403, title: "Forbidden" },
  unknown_symbol: { status: 404, title: "Unknown symbol" },
  unknown_interval: { status: 404, title: "Unknown interval" },
  not_found: { status: 404, title: "Not found" },
  method_not_allowed: { status: 405, title: "Method not allowed" },
  payload_too_large: { status: 413, title: "Payload too large" },
  unsupported_media_type: { status: 415, title: "Unsupported media type" },
  rate_limited: { status: 429, title: "Rate limited" },
  internal: { status: 500, title: "Internal error" },
  not_ready: { status: 503, title: "Not ready" },
};

/** Whether the same request may succeed later. */
export function isRetryable(code: ProblemCode): boolean {
  return PROBLEMS[code].status >= 500 || code === "rate_limited";
}

/** The status, for logs and metrics, of a request whose client was gone before the answer. Nobody reads it. Source: nginx. */
export const CLIENT_GONE = 499;

/** When a refused caller may try again, in seconds: one whose own places are taken, and anybody where all are. */
export const RETRY_AFTER_SECONDS = { own: 1, full: 5 } as const;

/** The body of an error answer. `detail` says what was wrong and what would be right. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: ProblemCode;
  readonly requestId: string;
}

/** The content type of an error answer. */
export const PROBLEM_TYPE = "application/problem+json";

/** Builds the body of an error answer. */
export function problem(code: ProblemCode, detail: string, requestId: string): Problem {
  const { status, title } = PROBLEMS[code];
  return { type: "about:blank", title, status, detail, code, requestId };
}
