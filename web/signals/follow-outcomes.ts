import { type Clock, millis } from "../../src/core/mod.ts";
import type { ListedSignal } from "../../src/wire/mod.ts";
import type { SignalList } from "./signal-list.ts";

/** How often outcomes are read again while some are pending, in milliseconds. */
const READ_EVERY_MS = 20_000;

/** Of the newest rows, so many: a page, which is what one question brings. */
const ROWS = 100;

/** Reads the outcomes of a list's newest rows from time to time, while some are pending, until the signal is aborted. */
export async function followOutcomes(list: SignalList, clock: Clock, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await clock.sleep(millis(READ_EVERY_MS), signal).catch(() => {});
    if (signal.aborted || !list.rows.peek().slice(0, ROWS).some(isPending)) continue;
    // What fails is done the next time.
    await list.readOutcomes().catch(() => {});
  }
}

/** A signal that has just been stored comes without outcomes. */
function isPending({ outcomes }: ListedSignal): boolean {
  return outcomes.length === 0 || outcomes.some(({ state }) => state === "pending");
}
