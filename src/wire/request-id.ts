/** What is taken over from a caller: long enough for a UUID with a prefix, and nothing that could confuse a log. */
const SANE = /^[\w.:-]{1,64}$/;

/** Stands in every id that we make, and in none that is taken over: no caller can give a request the id of another one. */
const OWN = "~";

/** The id that a caller gave its request (`X-Request-Id`); undefined for one that isn't taken over. */
export function givenRequestId(header: string | null): string | undefined {
  return header !== null && SANE.test(header) ? header : undefined;
}

/** An id of our own: where it was made, and what tells it from others made there. */
export function ownRequestId(place: string, mark: string): string {
  return `${place}${OWN}${mark}`;
}
