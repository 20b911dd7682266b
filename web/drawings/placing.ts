import { type ChartPlane, type Point, pointOf } from "../chart/chart-plane.ts";
import type { Anchor, ChartDrawing } from "./drawing.ts";
import type { Hit } from "./shapes.ts";

/** The anchor at a point: the nearest candle, or where one would be, and the price with the symbol's decimals. Undefined where the chart has none. */
export function anchorAt({ x, y }: Point, plane: ChartPlane): Anchor | undefined {
  const place = plane.placeAt(x);
  return place === undefined ? undefined : anchorOf(Math.round(place), plane.priceAt(y), plane);
}

/** A drawing with the hit part moved by so many pixels. Its anchors move by whole candles, and stay where the chart has no place for them. */
export function movedDrawing(drawing: ChartDrawing, hit: Hit, by: Point, plane: ChartPlane): ChartDrawing {
  const places = (plane.placeAt(by.x) ?? 0) - (plane.placeAt(0) ?? 0);
  const moves = (at: number): boolean => hit.part !== "handle" || hit.anchor === at;
  const anchors = drawing.anchors.map((anchor, at) =>
    moves(at) ? movedAnchor(anchor, Math.round(places), by.y, plane) : anchor,
  );
  // Either all that is to move does, or nothing: a drawing keeps its form.
  return anchors.includes(undefined) ? drawing : { ...drawing, anchors: anchors as readonly Anchor[] };
}

function movedAnchor(anchor: Anchor, places: number, dy: number, plane: ChartPlane): Anchor | undefined {
  const [place, point] = [plane.placeOf(anchor.time), pointOf(anchor, plane)];
  if (place === undefined || point === undefined) return undefined;
  const price = dy === 0 ? anchor.price : plane.priceAt(point.y + dy);
  return places === 0 && price !== undefined
    ? { time: anchor.time, price: rounded(price, plane) }
    : anchorOf(place + places, price, plane);
}

function anchorOf(place: number, price: number | undefined, plane: ChartPlane): Anchor | undefined {
  const time = plane.timeAt(place);
  if (time === undefined || price === undefined) return undefined;
  return { time: Math.round(time), price: rounded(price, plane) };
}

/** Prices are above zero, and have the symbol's decimals. */
function rounded(price: number, { series }: ChartPlane): number {
  const decimals = series?.decimals ?? 8;
  return Math.max(10 ** -decimals, Number(price.toFixed(decimals)));
}
