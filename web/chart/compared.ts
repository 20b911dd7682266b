import type { ChartPoint, Klines } from "./chart-points.ts";
import { symbolIn } from "./chart-route.ts";

/** Symbols that may be compared with a chart's own, at most. */
export const MOST_COMPARED = 4;

/** Between two symbols in the address. Symbols have none. */
const BETWEEN = "*";

/** A symbol that is compared with a chart's own, in the same interval. */
export interface ComparedSeries {
  readonly symbol: string;
  readonly klines: Klines;
}

/** "ETHUSDT*SOLUSDT". */
export function comparedText(symbols: readonly string[]): string {
  return symbols.join(BETWEEN);
}

/** Reads what {@link comparedText} writes; undefined for too many, or what can't be a symbol. */
export function readCompared(text: string): readonly string[] | undefined {
  const named = text.split(BETWEEN, 2 * MOST_COMPARED).map(symbolIn);
  const symbols = [...new Set(named.filter((symbol) => symbol !== undefined))];
  return symbols.length > MOST_COMPARED || named.includes(undefined) ? undefined : symbols;
}

/** The closes at a chart's points; undefined where the symbol has no candle, or the chart has none itself. */
export function closesAt(points: readonly ChartPoint[], klines: Klines): (number | undefined)[] {
  const closes = new Map(klines.map(({ openTime, close }) => [openTime, close]));
  return points.map((point) => ("close" in point ? closes.get(point.openTime) : undefined));
}

/**
 * The change in percent to the candle that opens `at` from the first one that opens at `from` or after: the first one in sight
 * that the symbol has. Undefined where it has none.
 */
export function changeSince(klines: Klines, from: number, at: number): number | undefined {
  const first = klines.find(({ openTime }) => openTime >= from);
  const last = klines.findLast(({ openTime }) => openTime === at);
  if (first === undefined || last === undefined || last.openTime < first.openTime) return undefined;
  return (100 * (last.close - first.close)) / first.close;
}
