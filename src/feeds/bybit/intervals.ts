import type { Interval } from "../../core/mod.ts";

/** What Bybit calls its intervals. It has no seconds, and neither 8 hours nor 3 days. Source: Bybit v5 documentation, 2026-11. */
const WORDS: Partial<Record<Interval, string>> = {
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

const BY_WORD: ReadonlyMap<string, Interval> = new Map(
  Object.entries(WORDS).map(([interval, word]) => [word, interval as Interval]),
);

/** The intervals that Bybit has, shortest first. */
export const BYBIT_INTERVALS: readonly Interval[] = [...BY_WORD.values()];

/** Bybit's word for an interval; its own name for one that Bybit hasn't, which no stream has. */
export function wordOf(interval: Interval): string {
  return WORDS[interval] ?? interval;
}

/** The interval that a word of Bybit's means. */
export function intervalOf(word: unknown): Interval | undefined {
  return BY_WORD.get(word as string);
}
