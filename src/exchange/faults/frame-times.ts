import type { Random } from "../../core/mod.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

type Members = Record<string, unknown>;

/** A frame whose events are dated wrong, by a minute to a day, and by how much in milliseconds; `way` is 1 for ahead, −1 for back. */
export function misdated(frame: string, way: 1 | -1, random: Random): { readonly text: string; readonly byMs: number } {
  // Evenly over the orders of magnitude: a minute is as likely as hours.
  const byMs = way * Math.round(MINUTE_MS * (DAY_MS / MINUTE_MS) ** random());
  const message = JSON.parse(frame) as Members;
  const data = "data" in message ? message.data : message;
  for (const event of (Array.isArray(data) ? data : [data]) as Members[]) {
    if (typeof event.E === "number") event.E += byMs;
  }
  return { text: JSON.stringify(message), byMs };
}
