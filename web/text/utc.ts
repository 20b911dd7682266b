import { momentText } from "./time-zone.ts";

/** A moment as "2026-02-10 14:05 UTC"; with seconds when it isn't at a full minute. */
export function utcText(moment: number): string {
  return momentText(moment, "utc");
}
