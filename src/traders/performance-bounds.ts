import { addCandles, type Interval } from "../core/mod.ts";
import { MAX_PERFORMANCE_CLOSES } from "../wire/mod.ts";

/** Symbols × closes of a baseline, and minutes that are read for it, at most: a few seconds of the threads. */
const MAX_SYMBOL_CLOSES = 2_000_000;
const MAX_MINUTES = 20_000_000;

const MINUTE_MS = 60_000;

/**
 * How many closes of an interval a baseline of so many symbols may have; at least one.
 *
 * @example
 * mostCloses(500, "1h"); // 666
 */
export function mostCloses(symbols: number, interval: Interval): number {
  const among = Math.max(1, symbols);
  const minutes = addCandles(interval, 0, 1) / MINUTE_MS;
  const most = Math.min(MAX_PERFORMANCE_CLOSES, MAX_SYMBOL_CLOSES / among, MAX_MINUTES / among / minutes);
  return Math.max(1, Math.floor(most));
}
