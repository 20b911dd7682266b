import type { Interval, Symbol } from "../core/mod.ts";

/** A symbol for which the filter couldn't be asked. `wanted` klines of `interval` would have been enough. */
export interface Skip {
  readonly symbol: Symbol;
  readonly reason: string;
  readonly interval?: Interval | undefined;
  readonly wanted?: number | undefined;
}
