import type { OpenTimeRange, UnixMs } from "../core/mod.ts";
import { MINUTE_MS } from "./period.ts";

/** Ranges of minutes, oldest first and apart from each other. */
export type Ranges = readonly OpenTimeRange[];

/** The parts of ranges that lie within a range. */
export function within(ranges: Ranges, { from, to }: OpenTimeRange): OpenTimeRange[] {
  return ranges.flatMap((one) => {
    const part = { from: Math.max(one.from, from) as UnixMs, to: Math.min(one.to, to) as UnixMs };
    return part.from <= part.to ? [part] : [];
  });
}

/** Ranges in order, those that overlap or touch joined into one. */
export function joined(ranges: Ranges): OpenTimeRange[] {
  const sorted = [...ranges].sort((a, b) => a.from - b.from);
  const kept: { from: UnixMs; to: UnixMs }[] = [];
  for (const one of sorted) {
    const last = kept.at(-1);
    if (last !== undefined && one.from <= last.to + MINUTE_MS) last.to = Math.max(last.to, one.to) as UnixMs;
    else kept.push({ ...one });
  }
  return kept;
}

/** The parts of a range that none of the ranges covers. */
export function without({ from, to }: OpenTimeRange, ranges: Ranges): OpenTimeRange[] {
  const left: OpenTimeRange[] = [];
  let at: number = from;
  for (const one of within(ranges, { from, to })) {
    if (one.from > at) left.push({ from: at as UnixMs, to: (one.from - MINUTE_MS) as UnixMs });
    at = Math.max(at, one.to + MINUTE_MS);
  }
  if (at <= to) left.push({ from: at as UnixMs, to });
  return left;
}

/** How many minutes ranges hold. */
export function minutesIn(ranges: Ranges): number {
  return ranges.reduce((sum, { from, to }) => sum + (to - from) / MINUTE_MS + 1, 0);
}
