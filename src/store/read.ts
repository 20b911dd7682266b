import { emptyKline, type Kline } from "../core/mod.ts";
import type { KlineSelection, Series } from "./series.ts";

/** Copies the selected klines out of a series, oldest first. */
export function readKlines(series: Series, selection: Pick<KlineSelection, "first" | "end">): Kline[] {
  const klines: Kline[] = [];
  for (let position = selection.first; position < selection.end; position += 1) {
    klines.push(series.ring.read(position, emptyKline()));
  }
  return klines;
}
