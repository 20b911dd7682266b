import { type Millis, millis, type Random } from "../core/mod.ts";

/** The first wait before coming back, and the longest, in milliseconds; between them it doubles. */
export interface BackOff {
  readonly firstMs: number;
  readonly longestMs: number;
}

/**
 * How long to wait after a failure; `failures` counts from 1. Half of the wait is chance, so that many clients don't all
 * come back in the same moment after a server's restart.
 */
export function backOffMs({ firstMs, longestMs }: BackOff, failures: number, random: Random): Millis {
  const ceiling = Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, 30));
  return millis(Math.round((ceiling * (1 + random())) / 2));
}
