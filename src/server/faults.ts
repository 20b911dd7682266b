import type { FeedFigures } from "../core/mod.ts";

/** What a feed's figures say is wrong, in words. */
export function feedFaults(figures: FeedFigures | undefined, now: number): string[] {
  if (figures === undefined) return [];
  const { stoppedUntil, isToldToStop } = figures.weight;
  if (stoppedUntil === undefined || stoppedUntil <= now) return [];
  const seconds = Math.ceil((stoppedUntil - now) / 1_000);
  const why = isToldToStop
    ? `the exchange takes no requests from this server for another ${seconds} s`
    : `the last request to the exchange failed, and the next one is made in ${seconds} s`;
  return [`${why}: no history is repaired until then`];
}
