import type { Interval } from "../core/mod.ts";
import type { Column } from "./column.ts";
import { MAX_SERIES_KLINES, RESIDUAL, residualOf } from "./memory.ts";

/** The fewest klines of an interval that a filter sees, where so many have closed. */
export const WINDOW_KLINES = 250;

/**
 * The share of what a series keeps that a filter sees at most. The rest lets a preview show as many earlier closes with the very klines
 * that a live run saw.
 */
const SHARE_SEEN = 0.8;

/** Longer windows have one of these lengths, so that filters with nearly the same needs share what is computed. */
const LENGTHS: readonly number[] = [
  WINDOW_KLINES,
  350,
  500,
  700,
  1_000,
  1_400,
  2_000,
  2_800,
  4_000,
  5_600,
  8_000,
  11_200,
  16_000,
];

/** The most klines of an interval that a filter sees where series keep so many. */
export function longestWindow(capacity: number | undefined): number {
  if (capacity === undefined) return Number.POSITIVE_INFINITY;
  return capacity <= WINDOW_KLINES ? capacity : Math.max(WINDOW_KLINES, Math.floor(capacity * SHARE_SEEN));
}

/** How many klines of an interval a filter sees that needs so many. */
export function windowFor(wanted: number, capacity: number | undefined): number {
  const length = LENGTHS.find((one) => one >= wanted) ?? wanted;
  return Math.min(length, longestWindow(capacity));
}

/** The fewest klines with which a filter is run at a close whose older klines are no longer kept. */
export function leastWindow(capacity: number | undefined): number {
  return Math.min(WINDOW_KLINES, longestWindow(capacity));
}

/** What the indicators of a filter look back over: for each interval the column that looks back furthest. */
export type LongestColumns = ReadonlyMap<Interval, Pick<Column, "expression" | "klinesWanted" | "memory" | "warmUp">>;

/** For each interval of which a server keeps too few klines for a filter's indicators: which one, and how far off it may be. */
export function shortWindows(longest: LongestColumns, capacity: number): readonly string[] {
  const seen = longestWindow(capacity);
  return [...longest].flatMap(([interval, { expression, klinesWanted, memory, warmUp }]) => {
    if (klinesWanted <= seen) return [];
    const rest = residualOf(memory, seen);
    const what = `${expression} needs ${needed(klinesWanted)} closed klines of ${interval}; this server keeps ${figure(capacity)}, and a filter sees ${figure(seen)}`;
    if (seen <= warmUp || memory.ratios.length === 0) return [`${what}: it has no value`];
    return [
      `${what}: it may be off by ${percent(rest)} % of how far its input moved before (the bound is ${percent(RESIDUAL)} %)`,
    ];
  });
}

function needed(klines: number): string {
  return klines > MAX_SERIES_KLINES ? `more than ${figure(MAX_SERIES_KLINES)}` : figure(klines);
}

function percent(share: number): number {
  return Number((share * 100).toPrecision(2));
}

function figure(number: number): string {
  return number.toLocaleString("en-US");
}
