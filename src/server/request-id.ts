/** What we take over from a caller: long enough for a UUID with a prefix, and nothing that could confuse a log. */
const SANE = /^[\w.:-]{1,64}$/;

/** Tells servers and restarts apart; the rest of an id only counts. */
const prefix: string = crypto.randomUUID().slice(0, 8);
let count = 0;

/** The id that an answer carries: the caller's own (`X-Request-Id`) if it sent a sane one. */
export function requestIdOf(given: string | null): string {
  if (given !== null && SANE.test(given)) return given;
  count += 1;
  return `${prefix}-${count.toString(36)}`;
}
