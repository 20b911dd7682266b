import { givenRequestId, ownRequestId } from "../wire/mod.ts";

/** Tells servers and restarts apart; the rest of an id only counts. */
const prefix: string = crypto.randomUUID().slice(0, 8);
let count = 0;

/** The id that an answer carries: the caller's own (`X-Request-Id`) if it sent a sane one that can't be taken for one of ours. */
export function requestIdOf(given: string | null): string {
  const known = givenRequestId(given);
  if (known !== undefined) return known;
  count += 1;
  return ownRequestId(prefix, count.toString(36));
}
