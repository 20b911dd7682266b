import { ageText } from "../text/age.ts";

/** From here on an age is shown in amber, in milliseconds. */
export const LATE_AFTER_MS = 5_000;
/** From here on prices are called stale and dimmed; the server calls itself degraded at the same age. */
export const STALE_AFTER_MS = 10_000;

/** How much a price can be trusted to be the present one. `none`: no data has arrived yet. */
export type Freshness = "none" | "fresh" | "late" | "stale";

/** Classifies the age of the last event; undefined if none has arrived yet. */
export function freshnessOf(ageMs: number | undefined): Freshness {
  if (ageMs === undefined) return "none";
  if (ageMs < LATE_AFTER_MS) return "fresh";
  return ageMs < STALE_AFTER_MS ? "late" : "stale";
}

/** "1 s ago", or from {@link LATE_AFTER_MS} on "no data for 14 s". */
export function freshnessText(ageMs: number | undefined): string {
  if (ageMs === undefined) return "no data yet";
  return freshnessOf(ageMs) === "fresh" ? `data ${ageText(ageMs)} ago` : `no data for ${ageText(ageMs)}`;
}
