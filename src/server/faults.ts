import type { FeedFigures } from "../core/mod.ts";

/** What a feed's figures say is wrong, in words. */
export function feedFaults(figures: FeedFigures | undefined, now: number): string[] {
  if (figures === undefined) return [];
  const { stoppedUntil, pausedUntil } = figures.weight;
  const until = stoppedUntil ?? pausedUntil;
  if (until === undefined || until <= now) return [];
  const seconds = Math.ceil((until - now) / 1_000);
  const why =
    stoppedUntil !== undefined
      ? `the exchange takes no requests from this server for another ${seconds} s`
      : `the last request to the exchange failed, and the next one is made in ${seconds} s`;
  return [`${why}: no history is repaired until then`];
}
