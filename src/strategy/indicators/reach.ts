import type { Interval } from "../../core/mod.ts";
import { klinesFor } from "../memory.ts";
import type { Indicator, PriceColumns } from "./indicator.ts";

/** How many klines an indicator needs so that all before them weighs less than the residual in each of its outputs. */
export function klinesWantedBy(indicator: Indicator, parameters: readonly number[], interval: Interval): number {
  const warmUps = indicator.warmUp(...parameters).map((warmUp) => warmUp + 1);
  return Math.max(...warmUps, ...(indicator.memory?.(parameters, interval) ?? []).map(klinesFor));
}

/** The first kline at which klines with older ones before them reach back far enough; their number where none does. */
export function firstReached(indicator: Indicator, klines: PriceColumns, parameters: readonly number[]): number {
  const { length } = klines.openTime;
  if (indicator.reads !== "klines" || indicator.reaches === undefined) return 0;
  for (let end = 1; end <= length; end += 1) {
    if (indicator.reaches({ ...klines, openTime: klines.openTime.subarray(0, end) }, ...parameters)) return end - 1;
  }
  return length;
}
