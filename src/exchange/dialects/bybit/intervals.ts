import type { Interval } from "../../../core/mod.ts";

/** How Bybit writes an interval: minutes, or a letter. There are no seconds, 8h and 3d. */
const WRITTEN: Readonly<Partial<Record<Interval, string>>> = {
  "1m": "1",
  "3m": "3",
  "5m": "5",
  "15m": "15",
  "30m": "30",
  "1h": "60",
  "2h": "120",
  "4h": "240",
  "6h": "360",
  "12h": "720",
  "1d": "D",
  "1w": "W",
  "1M": "M",
};

/** The intervals that Bybit tells. */
export const BYBIT_INTERVALS: ReadonlySet<Interval> = new Set(Object.keys(WRITTEN) as Interval[]);

/** As it stands in a topic or a query. */
export function written(interval: Interval): string {
  return WRITTEN[interval] ?? interval;
}

/** The interval that is written so, if one is. */
export function intervalWritten(text: string): Interval | undefined {
  return [...BYBIT_INTERVALS].find((interval) => WRITTEN[interval] === text);
}
