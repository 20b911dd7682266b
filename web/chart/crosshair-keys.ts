import type { WireKline } from "../../src/wire/mod.ts";
import type { ChartPlane } from "./chart-plane.ts";
import type { Klines } from "./chart-points.ts";

/** A crosshair that stays where it was put. */
export interface HeldCrosshair {
  readonly kline: WireKline;
  readonly price: number;
}

/** How a key moves the crosshair: by candles, by steps of the price upwards, or to the first or last candle in sight. */
export type CrosshairMove =
  | { readonly candles: number }
  | { readonly steps: number }
  | { readonly to: "first" | "last" };

/** With Shift, so many candles or steps at once. */
const FAR = 10;
/** A step of the price is as high as so many CSS pixels, and at least the symbol's last decimal. */
const STEP_PX = 4;

/** The move that a key asks for; undefined for keys that don't move the crosshair. */
export function moveOfKey(key: string, isShift: boolean): CrosshairMove | undefined {
  const far = isShift ? FAR : 1;
  switch (key) {
    case "ArrowLeft":
      return { candles: -far };
    case "ArrowRight":
      return { candles: far };
    case "ArrowUp":
      return { steps: far };
    case "ArrowDown":
      return { steps: -far };
    case "Home":
      return { to: "first" };
    case "End":
      return { to: "last" };
    default:
      return undefined;
  }
}

/** Where the crosshair is after a move, among the klines that are drawn; undefined without any. From nowhere it starts at the last candle in sight. */
export function movedCrosshair(
  move: CrosshairMove,
  from: HeldCrosshair | undefined,
  klines: Klines,
  plane: ChartPlane,
): HeldCrosshair | undefined {
  const at = from === undefined ? -1 : indexAt(klines, from.kline.openTime);
  const inSight = sightOf(klines, plane);
  if ("to" in move) return heldAt(klines, inSight[move.to]);
  if (from === undefined || at < 0) return heldAt(klines, inSight.last);
  if ("candles" in move) return heldAt(klines, Math.max(0, Math.min(klines.length - 1, at + move.candles)));
  const kline = klines[at];
  const price = priceAfter(from.price, move.steps, plane);
  return kline === undefined || price === undefined ? from : { kline, price };
}

/** The last candle that opens at a moment or before; -1 where there is none. */
function indexAt(klines: Klines, openTime: number): number {
  return klines.findLastIndex((kline) => kline.openTime <= openTime);
}

/** On a candle, the crosshair is at its close. */
function heldAt(klines: Klines, at: number): HeldCrosshair | undefined {
  const kline = klines[at];
  return kline === undefined ? undefined : { kline, price: kline.close };
}

/** The first and the last candle of which the middle is in sight. */
function sightOf(klines: Klines, plane: ChartPlane): { readonly first: number; readonly last: number } {
  const [left, right] = [plane.placeAt(0), plane.placeAt(plane.box.width)];
  const from = left === undefined ? undefined : plane.timeAt(Math.ceil(left));
  const to = right === undefined ? undefined : plane.timeAt(Math.floor(right));
  const end = klines.length - 1;
  const first = from === undefined ? 0 : klines.findIndex(({ openTime }) => openTime >= from);
  const last = to === undefined ? end : indexAt(klines, to);
  return { first: first < 0 ? end : first, last: Math.max(last, 0) };
}

/** The price some steps higher, rounded to the symbol's decimals; undefined where the scale ends. */
function priceAfter(price: number, steps: number, plane: ChartPlane): number | undefined {
  const y = plane.yOf(price);
  const there = y === undefined ? undefined : plane.priceAt(y - steps * STEP_PX);
  if (there === undefined || plane.series === undefined) return undefined;
  const { decimals } = plane.series;
  const least = 10 ** -decimals;
  const moved = Math.abs(there - price) < least ? price + Math.sign(steps) * least : there;
  return Math.max(least, Number(moved.toFixed(decimals)));
}
