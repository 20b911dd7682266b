import { assert } from "../../src/core/mod.ts";
import type { ChartPlane } from "../chart/chart-plane.ts";
import { percentText } from "../text/percent.ts";
import { priceText } from "../text/price.ts";
import type { Anchor } from "./drawing.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const UNITS = [
  { ms: 24 * HOUR, name: "d" },
  { ms: HOUR, name: "h" },
  { ms: MINUTE, name: "min" },
] as const;

/** What lies between two points of a chart. */
export interface Measure {
  readonly from: Anchor;
  readonly to: Anchor;
  /** Candles from one to the other, negative to the left. */
  readonly candles: number;
}

/** Measures from one point to another; undefined without candles. */
export function measured(from: Anchor, to: Anchor, plane: ChartPlane): Measure | undefined {
  const [first, last] = [plane.placeOf(from.time), plane.placeOf(to.time)];
  return first === undefined || last === undefined ? undefined : { from, to, candles: Math.round(last - first) };
}

/** A measure in words: "+250.00, +0.37%, 24 candles, 2 h". */
export function measureWords({ from, to, candles }: Measure, decimals: number): string {
  const difference = to.price - from.price;
  const sign = difference > 0 ? "+" : "";
  const count = Math.abs(candles);
  return [
    `${sign}${priceText(difference, decimals)}`,
    percentText((100 * difference) / from.price),
    `${candles < 0 ? "−" : ""}${count} ${count === 1 ? "candle" : "candles"}`,
    `${candles < 0 ? "−" : ""}${spanText(Math.abs(to.time - from.time))}`,
  ].join(", ");
}

/** A span in its two largest units: "3 d 4 h", "2 h 5 min", "45 min", "30 s". */
export function spanText(spanMs: number): string {
  if (spanMs > 0 && spanMs < MINUTE) return `${Math.round(spanMs / 1_000)} s`;
  const at = UNITS.findIndex(({ ms }) => spanMs >= ms);
  const [large, small] = UNITS.slice(at < 0 ? -1 : at);
  assert(large !== undefined, "there is a smallest unit");
  const rest = small === undefined ? 0 : Math.floor((spanMs % large.ms) / small.ms);
  const whole = `${Math.floor(spanMs / large.ms)} ${large.name}`;
  return small === undefined || rest === 0 ? whole : `${whole} ${rest} ${small.name}`;
}
