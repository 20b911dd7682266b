import { readRetryAfter } from "../core/mod.ts";

/** How long an answer's `Retry-After` header asks to wait, in milliseconds; undefined when absent or unreadable. */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  return readRetryAfter(headers.get("retry-after"), headers.get("date"), now);
}
