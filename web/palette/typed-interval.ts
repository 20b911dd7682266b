import type { Interval } from "../../src/core/mod.ts";

/** What was typed: the words to look for, and the interval that one of them names. */
export interface Typed {
  readonly words: readonly string[];
  readonly interval: Interval | undefined;
}

/**
 * Reads "btc 5m". An interval that stands alone is a word like others, because it may be the beginning of a name. A month is 1M and a minute
 * is 1m; where there is no such month, 1M is the minute.
 */
export function readTyped(text: string, intervals: readonly Interval[]): Typed {
  const words = text
    .trim()
    .split(/[\s/]+/)
    .filter(Boolean);
  if (words.length < 2) return { words, interval: undefined };
  for (const [at, word] of words.entries()) {
    const interval = intervals.find((one) => one === word) ?? intervals.find((one) => one === word.toLowerCase());
    if (interval !== undefined) return { words: words.toSpliced(at, 1), interval };
  }
  return { words, interval: undefined };
}
