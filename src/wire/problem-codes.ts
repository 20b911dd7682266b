/** Every `code` of an error answer. */
export const PROBLEM_CODES = [
  "invalid_parameter",
  "unauthorized",
  "forbidden",
  "unknown_symbol",
  "unknown_interval",
  "not_found",
  "method_not_allowed",
  "payload_too_large",
  "unsupported_media_type",
  "rate_limited",
  "internal",
  "not_ready",
] as const;

/** The `code` of an error answer. */
export type ProblemCode = (typeof PROBLEM_CODES)[number];

/** Whether this version knows a problem's code. */
export function isProblemCode(code: string): code is ProblemCode {
  return (PROBLEM_CODES as readonly string[]).includes(code);
}
