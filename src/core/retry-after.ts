import { type Millis, millis } from "./time.ts";

/** The longest wait that a `Retry-After` can mean: Binance bans last three days at most (spot API, 2026-07). */
export const LONGEST_RETRY_AFTER_MS: Millis = millis(3 * 86_400_000);

/** The three forms of an HTTP date (RFC 9110 5.6.7) begin with the name of a day. */
const HTTP_DATE = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /;

/**
 * How long a `Retry-After` header asks to wait: whole or fractional seconds, `Infinity`, or an HTTP date (RFC 9110 10.2.3).
 * A date counts from `sentAt`, the answer's own `Date` header, so that a wrong clock on either side doesn't matter, and from
 * `now` in milliseconds where that is missing. Never longer than {@link LONGEST_RETRY_AFTER_MS} and never negative: a date
 * that has passed and a negative number are 0. Undefined when the header is absent or means nothing.
 */
export function readRetryAfter(header: string | null, sentAt: string | null, now: number): Millis | undefined {
  const text = header?.trim() ?? "";
  if (/^[+-]?(\d+(\.\d*)?|\.\d+|infinity|inf)$/i.test(text)) {
    const seconds = /inf/i.test(text) ? Number.POSITIVE_INFINITY : Math.abs(Number(text));
    return boundedWait(text.startsWith("-") ? 0 : seconds * 1_000);
  }
  const until = HTTP_DATE.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(until)) return undefined;
  const sent = Date.parse(sentAt ?? "");
  return boundedWait(until - (Number.isNaN(sent) ? now : sent));
}

/** A foreign span as one that can be waited for: from 0 to {@link LONGEST_RETRY_AFTER_MS}. */
export function boundedWait(ms: number): Millis {
  return millis(Math.min(LONGEST_RETRY_AFTER_MS, Math.max(0, ms)));
}
