import type { Random } from "../../core/mod.ts";
import type { FrameAnatomy, Members } from "./anatomy.ts";

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;

/** A frame whose events are dated wrong, by a minute to a day, and by how much in milliseconds; `way` is 1 for ahead, −1 for back. */
export function misdated(
  frame: string,
  { shift }: FrameAnatomy,
  way: 1 | -1,
  random: Random,
): { readonly text: string; readonly byMs: number } {
  // Evenly over the orders of magnitude: a minute is as likely as hours.
  const byMs = way * Math.round(MINUTE_MS * (DAY_MS / MINUTE_MS) ** random());
  const message = JSON.parse(frame) as Members;
  shift(message, byMs);
  return { text: JSON.stringify(message), byMs };
}
