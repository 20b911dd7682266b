import {
  closeTimeOf,
  emptyKline,
  type Interval,
  type Kline,
  OPTIONAL_COLUMNS,
  type OptionalColumn,
  openTimeOf,
  RollUp,
  type UnixMs,
} from "../../../core/mod.ts";
import type { KlineRows } from "./judged-rows.ts";

/**
 * Folds the klines of a shorter interval, all that there are in a range of whole longer candles, to those of the longer one. A
 * refused row is one of the candle that it falls into, which is left out then. A candle is closed once its end lies before market time.
 */
export function foldRows(
  interval: Interval,
  { klines, refused, rows }: KlineRows,
  marketTime: UnixMs,
  unknown: ReadonlySet<OptionalColumn>,
): KlineRows {
  const inDoubt = new Set(refused.map(({ openTime }) => openTime && openTimeOf(interval, openTime)));
  const parts = new Map<UnixMs, Kline[]>();
  for (const kline of klines) {
    const openTime = openTimeOf(interval, kline.openTime);
    if (inDoubt.has(openTime)) continue;
    const part = parts.get(openTime);
    if (part === undefined) parts.set(openTime, [kline]);
    else part.push(kline);
  }
  return {
    klines: [...parts].map(([openTime, part]) => folded(interval, openTime, part, marketTime, unknown)),
    refused: refused.map((one) => ({ ...one, openTime: one.openTime && openTimeOf(interval, one.openTime) })),
    rows,
  };
}

function folded(
  interval: Interval,
  openTime: UnixMs,
  part: readonly Kline[],
  marketTime: UnixMs,
  unknown: ReadonlySet<OptionalColumn>,
): Kline {
  const sum = new RollUp();
  for (const kline of part) sum.add(kline);
  const into = { ...emptyKline(), openTime, closeTime: closeTimeOf(interval, openTime) };
  sum.show(into);
  for (const column of OPTIONAL_COLUMNS) if (unknown.has(column)) into[column] = Number.NaN;
  return { ...into, closed: into.closeTime < marketTime };
}
