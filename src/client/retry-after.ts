/**
 * How long a `Retry-After` header asks to wait, in milliseconds: it holds seconds or a date (RFC 9110 10.2.3). A date is
 * taken against the answer's own `Date`, so that a wrong clock on either side doesn't matter. Undefined when absent or unreadable.
 */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const text = headers.get("retry-after")?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1_000;
  const until = Date.parse(text);
  if (Number.isNaN(until)) return undefined;
  const said = Date.parse(headers.get("date") ?? "");
  return Math.max(0, until - (Number.isNaN(said) ? now : said));
}
