import type { Interval, Symbol } from "../core/mod.ts";

/** A symbol for which the filter couldn't be asked. `wanted` klines of `interval` would have been enough. */
export interface Skip {
  readonly symbol: Symbol;
  readonly reason: string;
  readonly interval?: Interval | undefined;
  readonly wanted?: number | undefined;
  /** Klines that a run at the close saw are no longer kept, so it can't be asked any more. */
  readonly isCut?: boolean | undefined;
  /** Its ticker of the close can't be computed. */
  readonly lacksTicker?: boolean | undefined;
}
