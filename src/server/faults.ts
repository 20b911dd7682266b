import type { FeedFigures } from "../core/mod.ts";

/** What a feed's figures say is wrong, in words. */
export function feedFaults(figures: FeedFigures | undefined, now: number): string[] {
  const stoppedUntil = figures?.weight.stoppedUntil;
  if (stoppedUntil === undefined || stoppedUntil <= now) return [];
  const seconds = Math.ceil((stoppedUntil - now) / 1_000);
  return [`the exchange takes no requests from us for another ${seconds} s: nothing is repaired until then`];
}
