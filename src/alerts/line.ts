import type { UnixMs } from "../core/mod.ts";
import type { AlertCondition } from "../wire/mod.ts";

/** A line through two points. */
export type AlertLine = Extract<AlertCondition, { kind: "line" }>;

/**
 * The price of a line at a moment, linear in time, whatever scale a chart has. Undefined before its first point, and behind its second one
 * unless it is extended.
 */
export function linePriceAt({ from, to, extended }: AlertLine, time: UnixMs): number | undefined {
  if (time < from.time || (time > to.time && !extended)) return undefined;
  return from.price + ((to.price - from.price) * (time - from.time)) / (to.time - from.time);
}
