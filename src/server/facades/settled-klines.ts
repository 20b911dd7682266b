import { addCandles, type Clock, millis, openTimeOf, type StopSignal, type UnixMs } from "../../core/mod.ts";
import type { KlineSelection, Series } from "../../store/mod.ts";

/** How long an answer waits for the repair of klines that are in doubt, and how often it looks, in milliseconds. */
export const REPAIR_WITHIN_MS = 3_000;
const LOOK_EVERY_MS = 50;

/** Which klines of a series are asked for: times are open times in Unix milliseconds, both included. */
export interface KlinesAsked {
  readonly limit: number;
  readonly startTime: number | undefined;
  readonly endTime: number | undefined;
}

const NONE: KlineSelection = { first: 0, end: 0, complete: true, settled: true };

/**
 * The selection once nothing in it is in doubt, for answers that can't say that something is: `older` where klines are asked for that lie
 * before those that are kept, `repairing` where a repair hasn't brought them `withinMs`. Rejects with the signal's reason.
 */
export async function settledKlines(
  series: Series,
  asked: KlinesAsked,
  clock: Pick<Clock, "sleep">,
  signal: StopSignal,
  withinMs: number = REPAIR_WITHIN_MS,
): Promise<KlineSelection | "older" | "repairing"> {
  const { startTime, endTime } = asked;
  if (startTime !== undefined && endTime !== undefined && startTime > endTime) return NONE;
  for (let waitedMs = 0; ; waitedMs += LOOK_EVERY_MS) {
    const selection = series.select(asked);
    if (selection.settled) return selection;
    if (reachesBack(series, asked, selection)) return "older";
    if (waitedMs >= withinMs) return "repairing";
    await clock.sleep(millis(LOOK_EVERY_MS), signal);
  }
}

/** In words, from when on a series is kept. */
export function keptKlines({ first }: Series): string {
  return first === undefined ? "none" : `from ${new Date(first).toISOString()} on`;
}

/** Whether klines are asked for that no repair brings, because those that are kept begin later. */
function reachesBack(
  { interval, ring, last }: Series,
  { startTime, endTime, limit }: KlinesAsked,
  { first, end }: KlineSelection,
): boolean {
  if (last === undefined || ring.length < ring.capacity) return false;
  const oldest = ring.openTimeAt(0);
  if (startTime !== undefined) return openTimeOf(interval, startTime as UnixMs) < oldest;
  const newest = endTime === undefined ? last : openTimeOf(interval, Math.min(last, endTime) as UnixMs);
  return end - first < limit && addCandles(interval, newest, -(limit - 1)) < oldest;
}
