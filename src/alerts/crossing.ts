import type { AlertDirection } from "../wire/mod.ts";

/** Where a level or a line was during a step: its least and its greatest price, and the last one. */
export interface Crossed {
  readonly least: number;
  readonly most: number;
  readonly last: number;
}

/** The prices of a step. */
interface Range {
  readonly low: number;
  readonly high: number;
  readonly price: number;
}

/** On which side of a level a price is; null at it. */
export function sideOf(price: number, level: number): "below" | "above" | null {
  return price < level ? "below" : price > level ? "above" : null;
}

/**
 * Which way the price crossed a level or a line for certain, whatever the order of its lowest and highest price was. Upwards: it was below, and
 * then at the level or above it. A touch counts. Undefined where it didn't, or may not have.
 */
export function crossing(
  direction: AlertDirection,
  side: "below" | "above" | null,
  { low, high, price }: Range,
  { least, most, last }: Crossed,
): "up" | "down" | undefined {
  const isUp = (side === "below" && (high >= most || price >= last)) || (low < least && price >= last);
  const isDown = (side === "above" && (low <= least || price <= last)) || (high > most && price <= last);
  const ways = side === "above" ? (["down", "up"] as const) : (["up", "down"] as const);
  return ways.find((way) => (way === "up" ? isUp : isDown) && (direction === "either" || direction === way));
}
