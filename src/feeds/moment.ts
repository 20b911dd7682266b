import type { UnixMs } from "../core/mod.ts";

/** A moment in whole milliseconds, or NaN. */
export function moment(value: unknown): UnixMs {
  return (Number.isSafeInteger(value) ? value : Number.NaN) as UnixMs;
}
