import { addCandles, closeTimeOf, type Interval, openTimeOf, type UnixMs } from "../core/mod.ts";

/** The last close at which a signal of this close keeps its symbol from giving another one; the close itself without a cooldown. */
export function coolingUntil(interval: Interval, closeTime: UnixMs, cooldownCandles: number): UnixMs {
  return closeTimeOf(interval, addCandles(interval, openTimeOf(interval, closeTime), cooldownCandles));
}
