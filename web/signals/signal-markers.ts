import { type Interval, openTimeOf } from "../../src/core/mod.ts";
import type { Signal } from "../../src/wire/mod.ts";
import type { ChartMarker } from "../chart/chart-markers.ts";
import type { ChartChoice } from "../chart/chart-route.ts";

/** Which of a symbol's signals a chart marks. */
export interface MarkedSignals {
  /** Whether those of other intervals than the chart's, too: each at the candle in which its close lies. */
  readonly isEachInterval: boolean;
  /** The traders whose signals aren't marked. */
  readonly hidden: ReadonlySet<string>;
}

/** A mark for each candle with signals, with the names of the traders that found them, the newest first. */
export function marksOf(
  rows: readonly Signal[],
  { symbol, interval }: ChartChoice,
  { isEachInterval, hidden }: MarkedSignals,
  nameOf: (traderId: string) => string,
): ChartMarker[] {
  const byCandle = new Map<number, Set<string>>();
  for (const one of rows) {
    if (hidden.has(one.traderId) || (one.interval !== interval && !isEachInterval)) continue;
    const openTime = openTimeOf(interval, one.closeTime);
    const names = byCandle.get(openTime) ?? new Set();
    byCandle.set(openTime, names.add(nameAt(nameOf(one.traderId), one.interval, interval)));
  }
  return [...byCandle].map(([openTime, names]) => ({
    symbol,
    interval,
    openTime,
    kind: "signal",
    text: [...names].join(", "),
  }));
}

/** A name says the interval where it isn't the chart's: "Dip (1h)". */
function nameAt(name: string, interval: Interval, charted: Interval): string {
  return interval === charted ? name : `${name} (${interval})`;
}
